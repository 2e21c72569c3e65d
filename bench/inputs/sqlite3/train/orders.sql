-- A shop: fill tables from series, join, group, update, delete, index; in transactions.
PRAGMA journal_mode = MEMORY;
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, joined INTEGER);
CREATE TABLE article (id INTEGER PRIMARY KEY, title TEXT UNIQUE, price REAL, stock INTEGER);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer, day INTEGER, state TEXT);
CREATE TABLE item (orders INTEGER, article INTEGER, amount INTEGER, PRIMARY KEY (orders, article)) WITHOUT ROWID;
CREATE INDEX orders_by_customer ON orders (customer, day);

BEGIN;
INSERT INTO customer
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 60 * n)
  SELECT i, 'Customer ' || char (65 + i * 7 % 26) || i, 'City ' || (i * i % 37), i * 13 % 1000 FROM c;
INSERT INTO article
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 30 * n)
  SELECT i, printf ('Article-%05d', i * 7919 % 100003), 1 + i * 37 % 500 / 4.0, i % 90 FROM c;
INSERT INTO orders
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 200 * n)
  SELECT i, 1 + i * 31 % (SELECT 60 * n FROM scale), i % 365,
         CASE i % 5 WHEN 0 THEN 'open' WHEN 1 THEN 'paid' ELSE 'sent' END FROM c;
INSERT OR IGNORE INTO item
  WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 600 * n)
  SELECT 1 + i % (SELECT 200 * n FROM scale), 1 + i * 17 % (SELECT 30 * n FROM scale), 1 + i % 4 FROM c;
COMMIT;

SELECT count (*), sum (amount) FROM item;

SELECT city, count (DISTINCT c.id), round (sum (price * amount), 2) AS turnover
  FROM customer c JOIN orders o ON o.customer = c.id JOIN item i ON i.orders = o.id
       JOIN article a ON a.id = i.article
 WHERE state <> 'open' GROUP BY city HAVING turnover > 100 ORDER BY turnover DESC, city LIMIT 12;

SELECT name, (SELECT count (*) FROM orders o WHERE o.customer = c.id AND o.day BETWEEN 100 AND 200) AS k
  FROM customer c WHERE name LIKE '%r C%' OR city IN ('City 1', 'City 4', 'City 9') ORDER BY k DESC, name LIMIT 9;

UPDATE article SET stock = stock - (SELECT ifnull (sum (amount), 0) FROM item
                                     WHERE article = article.id AND orders % 3 = 0) WHERE id % 2 = 0;
UPDATE orders SET state = 'late' WHERE state = 'open' AND day < 180;
DELETE FROM item WHERE orders IN (SELECT id FROM orders WHERE state = 'late' AND day % 2);

SELECT title, price, stock FROM article WHERE stock < 0 ORDER BY stock, title LIMIT 8;
SELECT state, count (*), min (day), max (day), avg (day) FROM orders GROUP BY state ORDER BY 1;
SELECT a.title, b.title, count (*) AS together
  FROM item x JOIN item y ON x.orders = y.orders AND x.article < y.article
       JOIN article a ON a.id = x.article JOIN article b ON b.id = y.article
 GROUP BY x.article, y.article ORDER BY together DESC, 1, 2 LIMIT 6;
EXPLAIN QUERY PLAN SELECT * FROM orders WHERE customer = 5 AND day > 10;
