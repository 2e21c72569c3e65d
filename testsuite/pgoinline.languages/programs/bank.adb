--  A package, a nested procedure and checks: accounts and transfers.  The digest of a balance is the hot path;
--  no transfer is refused.
with Ada.Command_Line;
with Ada.Text_IO;

procedure Bank is

   package Ledger is
      type Account is range 0 .. 63;
      type Word is mod 2 ** 32;
      procedure Transfer (From, To : Account; Amount : Integer);
      function Sum return Word;
   end Ledger;

   package body Ledger is
      Balance : array (Account) of Integer := (others => 1_000_000);
      Refusals : Word := 0;

      function Digest (Value : Word) return Word is
         Mixed : Word := Value * 16#9e3779b1#;
      begin
         for Turn in 1 .. 3 loop
            Mixed := (Mixed xor (Mixed / 2 ** 13)) * 16#85ebca6b#;
            if Mixed > 16#f000_0000# then
               Mixed := (Mixed xor (Mixed * 2 ** 5)) * 16#165667b1# + Word (Turn);
            end if;
            Mixed := (Mixed xor (Mixed / 2 ** 16)) * 16#c2b2ae35#;
         end loop;
         return Mixed xor (Mixed / 2 ** 11) xor Refusals;
      end Digest;

      procedure Transfer (From, To : Account; Amount : Integer) is
         procedure Refuse is
         begin
            Ada.Text_IO.Put_Line ("refused:" & Integer'Image (Amount) & " from" & Account'Image (From));
            Refusals := Digest (Refusals + 1);
         end Refuse;
      begin
         if Balance (From) < Amount then
            Refuse;
         else
            Balance (From) := Balance (From) - Amount;
            Balance (To) := Balance (To) + Amount;
         end if;
      end Transfer;

      function Sum return Word is
         Total : Word := 0;
      begin
         for A in Account loop
            Total := Digest (Total + Word'Mod (Balance (A)));
         end loop;
         return Total;
      end Sum;
   end Ledger;

   Rounds : Positive := 1;
   Total  : Ledger.Word := 0;
   use type Ledger.Word;
begin
   if Ada.Command_Line.Argument_Count > 0 then
      Rounds := Positive'Value (Ada.Command_Line.Argument (1));
   end if;
   for I in 1 .. Rounds loop
      Ledger.Transfer (Ledger.Account (I mod 64), Ledger.Account ((I * 7) mod 64), I mod 10);
      Total := Total + Ledger.Sum;
   end loop;
   Ada.Text_IO.Put_Line (Ledger.Word'Image (Total));
end Bank;
