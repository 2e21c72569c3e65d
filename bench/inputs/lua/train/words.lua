-- Text: make it up, split it, count, sort, rewrite, format.
local units = tonumber(arg[1])

local seed = 99
local function random(limit)
  seed = (seed * 1664525 + 1013904223) & 0xffffffff
  return (seed >> 12) % limit
end

local syllables = { "ka", "to", "mi", "ren", "sol", "va", "ne", "bu", "ster", "ing", "el", "or" }

local function word()
  local parts = {}
  for i = 1, 1 + random(3) do parts[i] = syllables[1 + math.min(random(#syllables), random(#syllables))] end
  return table.concat(parts)
end

local function sentence()
  local words = {}
  for i = 1, 5 + random(12) do words[i] = word() end
  local text = table.concat(words, random(6) == 0 and ", " or " ")
  return text:sub(1, 1):upper() .. text:sub(2) .. (random(5) == 0 and "?" or ".")
end

local totals = {}
local check = 0
for unit = 1, units do
  local lines = {}
  for i = 1, 45 do lines[i] = sentence() end
  local text = table.concat(lines, "\n")

  local counts, order = {}, {}
  for w in text:gmatch("%a+") do
    w = w:lower()
    if not counts[w] then
      counts[w] = 0
      order[#order + 1] = w
    end
    counts[w] = counts[w] + 1
  end
  table.sort(order, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  for i = 1, math.min(20, #order) do
    local w = order[i]
    totals[w] = (totals[w] or 0) + counts[w]
  end

  local report = {}
  for i, w in ipairs(order) do
    report[#report + 1] = string.format("%4d %-14s %6.2f%%", counts[w], w, 100 * counts[w] / #order)
    if i == 30 then break end
  end
  local page = table.concat(report, "\n")

  local shouted = text:gsub("%f[%a]([kmv]%a+)", function(w) return w:upper() end)
  local swapped = shouted:gsub("(%w+), (%w+)", "%2, %1")
  local reversed = {}
  for line in swapped:gmatch("[^\n]+") do
    if line:match("^[A-M].*%?$") then line = line:reverse() end
    reversed[#reversed + 1] = line
  end
  local wrapped, width = {}, 0
  for w in table.concat(reversed, " "):gmatch("%S+") do
    if width + #w > 72 then
      wrapped[#wrapped + 1] = "\n"
      width = 0
    end
    wrapped[#wrapped + 1] = w
    width = width + #w + 1
  end
  local final = table.concat(wrapped, " ") .. page
  for i = 1, #final, 11 do check = (check * 33 ~ final:byte(i)) & 0xffffff end
end
local best = {}
for w, n in pairs(totals) do best[#best + 1] = { w, n } end
table.sort(best, function(a, b) return a[2] > b[2] or a[2] == b[2] and a[1] < b[1] end)
for i = 1, 5 do print(best[i][1], best[i][2]) end
print(check)
