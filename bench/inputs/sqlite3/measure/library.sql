-- A library: full names, loans and returns, constraints, upserts, foreign keys, many point look-ups, text search.
PRAGMA foreign_keys = ON;
CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE UNIQUE);
CREATE TABLE book (isbn TEXT PRIMARY KEY, title TEXT NOT NULL, author INTEGER NOT NULL REFERENCES author ON DELETE CASCADE,
                   year INTEGER CHECK (year BETWEEN 1500 AND 2100), copies INTEGER DEFAULT 1);
CREATE TABLE loan (id INTEGER PRIMARY KEY AUTOINCREMENT, isbn TEXT REFERENCES book ON DELETE SET NULL, reader INTEGER,
                   start TEXT, finish TEXT);
CREATE INDEX loan_isbn ON loan (isbn, start);
CREATE INDEX book_author ON book (author);
BEGIN;
INSERT INTO author (name) WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 25 * n)
  SELECT char (65 + i % 26) || '. ' || substr ('anderson bernstein calvino dumas eliot fontane gaskell hesse', 1 + i * 7 % 48, 9)
         || i FROM c;
INSERT INTO book WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 120 * n)
  SELECT printf ('978-%d-%06d-%d', i % 9, i * 7907 % 1000000, i % 10),
         CASE i % 4 WHEN 0 THEN 'The ' WHEN 1 THEN 'A ' ELSE '' END
         || substr ('garden of silent rivers and distant bells beneath winter skies', 1 + i * 11 % 50, 5 + i % 19) || ' ' || i,
         1 + i % (SELECT count (*) FROM author), 1900 + i * 3 % 123, 1 + i % 3 FROM c;
INSERT INTO loan (isbn, reader, start) WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c, scale WHERE i < 300 * n)
  SELECT (SELECT isbn FROM book WHERE rowid = 1 + i * 13 % (SELECT 120 * n FROM scale)), i * 7 % 83,
         date ('2020-01-01', '+' || (i % 700) || ' days') FROM c;
COMMIT;

UPDATE loan SET finish = date (start, '+' || (reader % 40) || ' days') WHERE id % 4 <> 0;
INSERT INTO book (isbn, title, author, year) SELECT isbn, title, author, year FROM book WHERE copies = 2
  ON CONFLICT (isbn) DO UPDATE SET copies = copies + 1, title = excluded.title || '*' WHERE excluded.year > 1950;
INSERT OR IGNORE INTO author (name) SELECT upper (name) FROM author;
SELECT count (*), sum (copies), sum (title LIKE '%*') FROM book;

SELECT name, count (loan.id) AS loans, count (DISTINCT reader) FROM author JOIN book ON author = author.id
  LEFT JOIN loan USING (isbn) GROUP BY author.id ORDER BY loans DESC, name LIMIT 8;
SELECT title, julianday (finish) - julianday (start) AS days FROM loan JOIN book USING (isbn)
 WHERE days > 38 ORDER BY start DESC, loan.id LIMIT 6;
SELECT reader, count (*) FROM loan l WHERE finish IS NULL AND NOT EXISTS
  (SELECT * FROM loan m WHERE m.isbn = l.isbn AND m.start > l.start) GROUP BY reader HAVING count (*) > 1 ORDER BY 2 DESC, 1 LIMIT 7;
SELECT year / 10 * 10 AS decade, count (*), group_concat (substr (title, 1, 3), '') FROM book
 WHERE title LIKE '%river%' OR title GLOB '*be[ln]*' GROUP BY 1 ORDER BY 1;
SELECT substr (start, 1, 7) AS month, count (*), sum (CASE WHEN finish IS NULL THEN 1 ELSE 0 END) FROM loan GROUP BY month ORDER BY month LIMIT 12;
SELECT count (*) FROM book a JOIN book b ON b.author = a.author AND b.year = a.year + 3 AND b.isbn > a.isbn;
DELETE FROM author WHERE id % 9 = 4;
SELECT count (*), sum (isbn IS NULL), max (id) FROM loan;
SELECT name FROM author WHERE name > 'm' ORDER BY name COLLATE NOCASE DESC LIMIT 5;
PRAGMA foreign_key_check;
