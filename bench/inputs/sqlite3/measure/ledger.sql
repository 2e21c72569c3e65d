-- Bookkeeping: balanced entries, savepoints, compound queries, sorting of wide rows, blobs, date arithmetic.
PRAGMA page_size = 1024;
CREATE TABLE account (no INTEGER PRIMARY KEY, title TEXT, kind TEXT);
CREATE TABLE entry (id INTEGER PRIMARY KEY, day INTEGER, debit INTEGER, credit INTEGER, cents INTEGER, memo TEXT, receipt BLOB);
INSERT INTO account VALUES (10, 'cash', 'asset'), (12, 'bank', 'asset'), (20, 'loans', 'debt'), (30, 'sales', 'income'),
  (31, 'interest', 'income'), (40, 'rent', 'cost'), (41, 'wages', 'cost'), (42, 'paper', 'cost');
BEGIN;
INSERT INTO entry
  WITH RECURSIVE c (i, x) AS (SELECT 1, 5 UNION ALL SELECT i + 1, (x * 8121 + 28411) % 134456 FROM c, scale WHERE i < 260 * n)
  SELECT i, 18262 + i % 366, CASE x % 4 WHEN 0 THEN 10 WHEN 1 THEN 12 ELSE 40 + x % 3 END,
         CASE WHEN x % 4 < 2 THEN 30 + x % 2 ELSE 12 - x % 2 * 2 END, 100 + x % 9000,
         'entry ' || x || ' for ' || substr ('january february march april may june', 1 + x % 30, 7), cast ('r' || x AS BLOB) FROM c;
SAVEPOINT trial;
UPDATE entry SET cents = cents * 107 / 100 WHERE credit = 30;
SELECT sum (cents) FROM entry;
ROLLBACK TO trial;
UPDATE entry SET memo = memo || ' (checked)' WHERE id % 6 = 1;
RELEASE trial;
COMMIT;

SELECT title, (SELECT ifnull (sum (cents), 0) FROM entry WHERE debit = no) - (SELECT ifnull (sum (cents), 0) FROM entry WHERE credit = no)
  FROM account ORDER BY no;
CREATE INDEX entry_debit ON entry (debit, day);
CREATE INDEX entry_credit ON entry (credit, day DESC);
WITH both AS (SELECT day, debit AS no, cents FROM entry UNION ALL SELECT day, credit, -cents FROM entry)
SELECT no, date (day * 86400, 'unixepoch', 'start of month') AS month, sum (cents) FROM both GROUP BY no, month ORDER BY no, month LIMIT 30;
SELECT day, sum (cents), sum (sum (cents)) OVER (ORDER BY day) FROM entry WHERE debit = 12 GROUP BY day ORDER BY day DESC LIMIT 7;
SELECT memo, cents, length (receipt) FROM entry ORDER BY cents % 1000 DESC, memo DESC LIMIT 9;
SELECT kind, count (*), min (memo), max (memo) FROM entry JOIN account ON no = debit GROUP BY kind
 UNION ALL SELECT 'all', count (*), min (memo), max (memo) FROM entry ORDER BY 1;
SELECT count (*) FROM entry WHERE memo LIKE '%march%' AND cents BETWEEN 1000 AND 4000 AND day NOT IN (SELECT day FROM entry WHERE cents > 9050);
SELECT cents / 1000 AS k, count (*), hex (max (receipt)) FROM entry GROUP BY k ORDER BY k;
DELETE FROM entry WHERE id IN (SELECT id FROM entry WHERE debit = 42 ORDER BY cents LIMIT 50);
REINDEX;
ANALYZE;
SELECT debit, credit, count (*) FROM entry WHERE day > 18500 GROUP BY debit, credit ORDER BY 3 DESC, 1, 2 LIMIT 6;
SELECT cast (avg (cents) AS INTEGER), typeof (receipt), count (*) FROM entry GROUP BY 2;
