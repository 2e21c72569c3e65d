-- A graph: recursive queries, unions, exists, views, a trigger, window functions.
CREATE TABLE edge (a INTEGER, b INTEGER, miles REAL, PRIMARY KEY (a, b));
CREATE INDEX edge_back ON edge (b);
CREATE TABLE change (what TEXT, a INTEGER, b INTEGER);
CREATE TRIGGER edge_gone AFTER DELETE ON edge BEGIN
  INSERT INTO change VALUES ('gone', old.a, old.b);
END;
INSERT OR REPLACE INTO edge
  WITH RECURSIVE c (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 250 * n)
  SELECT i * 7 % 211, (i * 13 + 5) % 197, 1.0 + i % 29 / 3.0 FROM c;
CREATE VIEW both_ways AS SELECT a, b, miles FROM edge UNION ALL SELECT b, a, miles FROM edge;

WITH RECURSIVE reach (node, hops) AS (
  SELECT 1, 0 UNION SELECT b, hops + 1 FROM reach JOIN edge ON a = node WHERE hops < 4)
SELECT hops, count (*), min (node), max (node) FROM reach GROUP BY hops;
SELECT count (*) FROM (SELECT a FROM edge INTERSECT SELECT b FROM edge EXCEPT SELECT b FROM edge WHERE miles < 3);
SELECT a, sum (miles), rank () OVER (ORDER BY sum (miles) DESC) FROM both_ways GROUP BY a ORDER BY 3, 1 LIMIT 9;
SELECT a, b, miles, miles - lag (miles, 1, 0) OVER (PARTITION BY a % 5 ORDER BY miles, a, b) AS step
  FROM edge WHERE a < 60 ORDER BY step DESC, a, b LIMIT 9;
SELECT count (*) FROM edge e WHERE EXISTS (SELECT 1 FROM edge f WHERE f.a = e.b AND f.b <> e.a AND f.miles > e.miles);
SELECT count (*), sum (x.miles + y.miles) FROM edge x JOIN edge y ON x.b = y.a WHERE y.b = x.a OR y.b BETWEEN 50 AND 70;
DELETE FROM edge WHERE miles > 8 AND (a + b) % 3 = 0;
SELECT what, count (*), sum (a * b) FROM change GROUP BY what;
CREATE TABLE coarse AS SELECT a / 10 AS a, b / 10 AS b, min (miles) AS miles FROM edge GROUP BY 1, 2;
SELECT coalesce (l.a, -1), count (*) FROM coarse l LEFT JOIN coarse r ON l.a = r.b AND l.b = r.a GROUP BY 1 ORDER BY 1;
VACUUM;
PRAGMA integrity_check;
