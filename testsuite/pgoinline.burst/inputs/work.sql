-- For the burst recorder: queries that touch most of the engine.
-- SPDX-License-Identifier: GPL-3.0-or-later
CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
  INSERT INTO t SELECT i, i * 7919 % 10007, printf ('%08x', i * 2654435761 % 4294967296), i / 7.0 FROM n;
CREATE INDEX ta ON t (a);
CREATE INDEX tb ON t (b);
SELECT count (*), sum (a), min (b), max (b), round (avg (c), 6) FROM t;
SELECT a % 10, count (*), group_concat (substr (b, 1, 2), '') FROM t WHERE id < 200 GROUP BY a % 10 ORDER BY 2, 1;
SELECT count (*) FROM t x JOIN t y ON x.a = y.a + 1 WHERE x.id < 3000;
UPDATE t SET b = upper (b) || a WHERE id % 3 = 0;
DELETE FROM t WHERE b LIKE '%F%7';
SELECT count (*), sum (length (b)) FROM t;
SELECT a, sum (c) OVER (ORDER BY id ROWS 3 PRECEDING) FROM t WHERE id BETWEEN 100 AND 110;
PRAGMA integrity_check;
