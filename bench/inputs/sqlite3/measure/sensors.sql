-- Measurements: a wide series, running figures, gaps, buckets, outliers, an expression and a partial index.
CREATE TABLE sensor (id INTEGER PRIMARY KEY, room TEXT, unit TEXT);
CREATE TABLE reading (sensor INTEGER NOT NULL, at INTEGER NOT NULL, value REAL, PRIMARY KEY (sensor, at)) WITHOUT ROWID;
INSERT INTO sensor VALUES (1, 'hall', 'C'), (2, 'hall', 'lx'), (3, 'lab', 'C'), (4, 'lab', 'hPa'), (5, 'roof', 'm/s'),
  (6, 'cellar', 'C');
BEGIN;
INSERT INTO reading
  WITH RECURSIVE t (i, noise) AS (SELECT 0, 1 UNION ALL
                                  SELECT i + 1, noise * 16807 % 2147483647 FROM t, scale WHERE i < 380 * n)
  SELECT 1 + i % 6, 1000 + i / 6 * 60 + i % 4, 20 + 8 * sin (i / 50.0) + noise % 1000 / 400.0 FROM t WHERE noise % 11 <> 0;
COMMIT;
CREATE INDEX hot ON reading (value) WHERE value > 27;
CREATE INDEX by_hour ON reading (at / 3600, sensor);

SELECT room, unit, count (*), round (avg (value), 3), round (max (value) - min (value), 3)
  FROM reading JOIN sensor ON sensor.id = reading.sensor GROUP BY sensor.id ORDER BY room, unit;
SELECT sensor, at, round (value, 2), round (avg (value) OVER (PARTITION BY sensor ORDER BY at ROWS 4 PRECEDING), 2) AS m
  FROM reading ORDER BY value - m DESC, at LIMIT 6;
SELECT at / 3600 AS hour, sensor, count (*), round (total (value), 1) FROM reading INDEXED BY by_hour
 GROUP BY at / 3600, sensor ORDER BY hour DESC, sensor LIMIT 10;
SELECT sensor, max (gap) FROM (SELECT sensor, at - lag (at) OVER (PARTITION BY sensor ORDER BY at) AS gap FROM reading)
 GROUP BY sensor;
SELECT count (*), round (sum (value), 2) FROM reading WHERE value > 28.5;
SELECT a.at, round (a.value - b.value, 3) AS d FROM reading a JOIN reading b ON b.sensor = 3 AND b.at = a.at + 2
 WHERE a.sensor = 1 ORDER BY abs (d) DESC, 1 LIMIT 5;
WITH bucket AS (SELECT ntile (8) OVER (ORDER BY value) AS q, value FROM reading WHERE sensor <> 5)
SELECT q, count (*), round (min (value), 2), round (max (value), 2) FROM bucket GROUP BY q;
UPDATE reading SET value = round (value * 1.8 + 32, 2) WHERE sensor IN (SELECT id FROM sensor WHERE unit = 'C') AND at % 3 = 0;
DELETE FROM reading WHERE at < (SELECT avg (at) FROM reading) / 3;
SELECT strftime ('%H:%M', at, 'unixepoch') AS clock, count (*), round (avg (value), 2) FROM reading GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 5;
SELECT count (*), round (sum (value), 2) FROM reading;
