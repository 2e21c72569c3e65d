-- Text and JSON: build, search, cut, replace, aggregate; a temporary table, sorting without an index.
CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT, tags TEXT, data TEXT);
INSERT INTO note
  WITH RECURSIVE c (i, x) AS (SELECT 1, 17 UNION ALL
                              SELECT i + 1, (x * 1103 + 12345) % 65536 FROM c, scale WHERE i < 160 * n)
  SELECT i,
         'note ' || i || substr (' walks quickly over the old bridge toward the station', x % 20) || char (10)
           || upper (substr ('lorem ipsum dolor sit amet consectetur', 1 + x % 9, 12)) || hex (x),
         'tag' || x % 7 || ',tag' || x % 11,
         json_object ('id', i, 'size', x / 4.0, 'flags', json_array (x % 2, x % 3, 'v' || x % 5),
                      'inner', json_object ('name', 'n' || x, 'ok', json (CASE WHEN x % 2 THEN 'true' ELSE 'false' END)))
    FROM c;

SELECT count (*), max (length (body)) FROM note WHERE body LIKE '%bridge%' AND body NOT LIKE '%IPSUM%';
SELECT tags, count (*), group_concat (id % 10, '') FROM (SELECT * FROM note WHERE id < 120) GROUP BY tags
 ORDER BY 2 DESC, 1 LIMIT 10;
SELECT instr (body, 'old'), count (*) FROM note GROUP BY 1 ORDER BY 1;
SELECT sum (length (replace (body, 'the', 'THE '))), sum (length (trim (substr (body, 8, 30)))) FROM note;
SELECT body GLOB '*[A-F]?[0-9]', count (*) FROM note GROUP BY 1;
SELECT json_extract (data, '$.inner.name'), json_extract (data, '$.flags[2]') FROM note
 WHERE json_extract (data, '$.size') > 12000 ORDER BY json_extract (data, '$.size') DESC, id LIMIT 7;
SELECT f.value, count (*) FROM note, json_each (note.data, '$.flags') f WHERE note.id % 2 GROUP BY 1 ORDER BY 1;

CREATE TEMP TABLE ranked AS SELECT id, body, length (body) * 31 % 97 AS r FROM note ORDER BY r DESC, body;
SELECT sum (id * r) FROM ranked;
UPDATE note SET data = json_set (data, '$.seen', id % 4), tags = lower (tags || ';' || id) WHERE id % 3 = 1;
SELECT sum (json_extract (data, '$.seen')), sum (unicode (substr (body, -3, 1))) FROM note;
SELECT printf ('%08.3f|%-6s|%x', avg (id), max (tags), count (*)) FROM note;
SELECT count (DISTINCT substr (body, 6, 9)), total (quote (data) <> data) FROM note;
