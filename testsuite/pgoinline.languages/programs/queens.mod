(* A nested procedure and those of a module: the queens of a board.  Whether a field is free is the hot path; no
   board is too large. *)
MODULE queens;

FROM Args IMPORT GetArg;
FROM StrIO IMPORT WriteString, WriteLn;
FROM NumberIO IMPORT WriteCard, StrToCard;

CONST
   Max = 16;

VAR
   column : ARRAY [0..Max] OF CARDINAL;
   up, down : ARRAY [0..2*Max] OF CARDINAL;
   rounds, size, i, found, tried : CARDINAL;
   word : ARRAY [0..15] OF CHAR;

PROCEDURE Free (size, row, col : CARDINAL) : BOOLEAN;
VAR
   taken, near : CARDINAL;
BEGIN
   taken := column[col] + up[row + col] + down[row + size - col];
   near := 0;
   IF col > 0
   THEN
      near := near + column[col - 1] * 2 + up[row + col - 1]
   END;
   IF col + 1 < size
   THEN
      near := near + column[col + 1] * 3 + up[row + col + 1]
   END;
   tried := tried * 5 + near * 3 + taken;
   RETURN taken = 0
END Free;

PROCEDURE Set (size, row, col, taken : CARDINAL);
BEGIN
   column[col] := taken;
   up[row + col] := taken;
   down[row + size - col] := taken
END Set;

PROCEDURE Solve (size : CARDINAL) : CARDINAL;
VAR
   solutions : CARDINAL;

   PROCEDURE Wrong;
   BEGIN
      WriteString ("no board of size ");
      WriteCard (size, 0);
      WriteLn;
      IF Free (Max, size MOD Max, 0)
      THEN
         size := Max
      ELSE
         size := 1
      END
   END Wrong;

   PROCEDURE Place (row : CARDINAL);
   VAR
      col : CARDINAL;
   BEGIN
      IF row = size
      THEN
         INC (solutions)
      ELSE
         FOR col := 0 TO size - 1 DO
            IF Free (size, row, col)
            THEN
               Set (size, row, col, 1);
               Place (row + 1);
               Set (size, row, col, 0)
            END
         END
      END
   END Place;

BEGIN
   IF (size = 0) OR (size > Max)
   THEN
      Wrong
   END;
   solutions := 0;
   Place (0);
   RETURN solutions
END Solve;

BEGIN
   rounds := 1;
   IF GetArg (word, 1)
   THEN
      StrToCard (word, rounds)
   END;
   size := 6;
   IF GetArg (word, 2)
   THEN
      StrToCard (word, size)
   END;
   FOR i := 0 TO Max DO
      column[i] := 0
   END;
   FOR i := 0 TO 2*Max DO
      up[i] := 0;
      down[i] := 0
   END;
   found := 0;
   tried := 0;
   FOR i := 1 TO rounds DO
      INC (found, Solve (size))
   END;
   WriteCard (found, 0);
   WriteString (" ");
   WriteCard (tried MOD 1000, 0);
   WriteLn
END queens.
