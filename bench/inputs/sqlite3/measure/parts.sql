-- Parts lists: trees by recursive queries, JSON documents in and out, triggers that keep sums, a generated column.
CREATE TABLE part (id INTEGER PRIMARY KEY, parent INTEGER, name TEXT, grams INTEGER,
                   label TEXT GENERATED ALWAYS AS (name || '/' || id) STORED, total INTEGER DEFAULT 0);
CREATE INDEX part_parent ON part (parent, grams);
CREATE TABLE journal (seq INTEGER PRIMARY KEY, part INTEGER, delta INTEGER);
CREATE TRIGGER weigh AFTER UPDATE OF grams ON part WHEN new.grams <> old.grams BEGIN
  INSERT INTO journal (part, delta) VALUES (new.id, new.grams - old.grams);
  UPDATE part SET total = total + new.grams - old.grams WHERE id = new.parent;
END;
INSERT INTO part (id, parent, name, grams)
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 140 * n)
  SELECT i, CASE WHEN i = 1 THEN NULL ELSE 1 + (i - 2) / 3 END,
         CASE i % 5 WHEN 0 THEN 'bolt' WHEN 1 THEN 'plate' WHEN 2 THEN 'axle' WHEN 3 THEN 'gear' ELSE 'case' END, 5 + i * 37 % 211 FROM c;

WITH RECURSIVE tree (id, depth, path) AS (
  SELECT id, 0, label FROM part WHERE parent IS NULL
  UNION ALL SELECT p.id, depth + 1, path || '>' || p.label FROM tree JOIN part p ON p.parent = tree.id ORDER BY 2 DESC)
SELECT depth, count (*), max (path) FROM tree GROUP BY depth;
WITH RECURSIVE up (leaf, id, grams) AS (
  SELECT id, parent, grams FROM part WHERE id % 7 = 3
  UNION ALL SELECT leaf, p.parent, up.grams FROM up JOIN part p ON p.id = up.id)
SELECT id, sum (grams), count (*) FROM up WHERE id < 14 GROUP BY id;

UPDATE part SET grams = grams + id % 3 WHERE name IN ('bolt', 'gear');
SELECT count (*), sum (delta) FROM journal;
SELECT name, sum (total), avg (grams) FROM part GROUP BY name ORDER BY name;

CREATE TABLE document (id INTEGER PRIMARY KEY, body TEXT);
INSERT INTO document SELECT parent, json_group_array (json_object ('label', label, 'grams', grams, 'dims', json_array (id % 9, grams / 2.5)))
  FROM part WHERE parent IS NOT NULL GROUP BY parent;
SELECT count (*), sum (length (body)) FROM document;
SELECT json_extract (e.value, '$.label'), json_extract (e.value, '$.dims[1]') FROM document, json_each (body) e
 WHERE json_extract (e.value, '$.grams') > 205 ORDER BY 2 DESC, 1 LIMIT 8;
SELECT type, count (*), sum (length (t.fullkey)) FROM document, json_tree (body) t WHERE document.id % 3 = 0 GROUP BY type ORDER BY type;
UPDATE document SET body = json_remove (json_insert (body, '$[0].note', 'n' || id), '$[1].dims') WHERE id % 2;
SELECT sum (json_array_length (body)), sum (json_valid (body)), max (json_extract (body, '$[0].note')) FROM document;
SELECT a.name, b.name, count (*) FROM part a JOIN part b ON a.parent = b.id WHERE a.grams > b.grams GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 6;
SELECT label FROM part WHERE id IN (SELECT part FROM journal ORDER BY delta DESC, part DESC LIMIT 4) ORDER BY 1;
