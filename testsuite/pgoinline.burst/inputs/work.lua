-- For the burst recorder: a bit of everything an interpreter does.
-- SPDX-License-Identifier: GPL-3.0-or-later
local function fib (n) if n < 2 then return n end return fib (n - 1) + fib (n - 2) end
local words, count = {}, 0
for i = 1, 20000 do words[i] = string.format ("%05d:%s", (i * 7919) % 20011, ("x"):rep (i % 13)) end
table.sort (words)
for word in table.concat (words, ","):gmatch ("%d+:x+") do count = count + #word end
local ok, message = pcall (function () error ({ code = 7 }) end)
local co = coroutine.wrap (function () for i = 1, 50000 do coroutine.yield (i * i) end end)
local sum = 0
for _ = 1, 50000 do sum = sum + co () end
print (fib (24), count, ok, message.code, sum, select ("#", (table.unpack or unpack) (words, 1, 100)))
print (("%.12g"):format (math.sin (1) ^ 3), #string.dump (fib) > 0, words[1], words[#words])
