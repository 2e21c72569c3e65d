-- JSON: encode and decode records, change them, encode again.
local units = tonumber(arg[1])

local escapes = { ['"'] = '\\"', ['\\'] = '\\\\', ['\n'] = '\\n', ['\t'] = '\\t' }

local function encode(value, out)
  local kind = type(value)
  if kind == "table" then
    if #value > 0 or next(value) == nil then
      out[#out + 1] = "["
      for i, item in ipairs(value) do
        if i > 1 then out[#out + 1] = "," end
        encode(item, out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for key in pairs(value) do keys[#keys + 1] = key end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, key in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        out[#out + 1] = '"' .. key .. '":'
        encode(value[key], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = '"' .. value:gsub('["\\\n\t]', escapes) .. '"'
  else
    out[#out + 1] = tostring(value)
  end
  return out
end

local unescapes = { n = "\n", t = "\t", ['"'] = '"', ['\\'] = '\\' }
local decode

local function skip(text, at)
  return text:find("[^ \n\t]", at)
end

local function decode_string(text, at)
  local stop = at + 1
  while true do
    local byte = text:byte(stop)
    if byte == 34 then break end
    stop = stop + (byte == 92 and 2 or 1)
  end
  local raw = text:sub(at + 1, stop - 1)
  if raw:find("\\", 1, true) then raw = raw:gsub("\\(.)", unescapes) end
  return raw, stop + 1
end

function decode(text, at)
  at = skip(text, at)
  local first = text:sub(at, at)
  if first == "{" then
    local object = {}
    at = skip(text, at + 1)
    if text:sub(at, at) == "}" then return object, at + 1 end
    while true do
      local key, value
      key, at = decode_string(text, skip(text, at))
      at = skip(text, at)
      assert(text:sub(at, at) == ":", "colon expected")
      value, at = decode(text, at + 1)
      object[key] = value
      at = skip(text, at)
      if text:sub(at, at) == "}" then return object, at + 1 end
      at = at + 1
    end
  elseif first == "[" then
    local list = {}
    at = skip(text, at + 1)
    if text:sub(at, at) == "]" then return list, at + 1 end
    while true do
      local value
      value, at = decode(text, at)
      list[#list + 1] = value
      at = skip(text, at)
      if text:sub(at, at) == "]" then return list, at + 1 end
      at = at + 1
    end
  elseif first == '"' then
    return decode_string(text, at)
  elseif text:find("^true", at) then
    return true, at + 4
  elseif text:find("^false", at) then
    return false, at + 5
  else
    local from, to = text:find("^-?%d+%.?%d*[eE]?[-+]?%d*", at)
    return tonumber(text:sub(from, to)), to + 1
  end
end

local seed = 7
local function random(limit)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % limit
end

local names = { "Ada", "Grace", "Edsger", "Barbara", "Donald", "Tony", "John", "Niklaus" }
local sum = 0
for unit = 1, units do
  local people = {}
  for i = 1, 40 do
    local tags = {}
    for t = 1, random(5) do tags[t] = "tag" .. random(100) end
    people[i] = {
      id = unit * 1000 + i,
      name = names[1 + random(#names)] .. ' "the ' .. i .. 'th"',
      score = random(10000) / 8,
      active = random(2) == 1,
      tags = tags,
      address = { street = random(200) .. " Main\tStreet", zip = 10000 + random(80000) },
    }
  end
  local text = table.concat(encode({ people = people, unit = unit }, {}))
  local copy = decode(text, 1)
  for _, person in ipairs(copy.people) do
    if person.active then person.score = person.score * 1.5 end
    person.tags[#person.tags + 1] = "seen"
  end
  local again = table.concat(encode(copy, {}))
  for i = 1, #again, 7 do sum = (sum * 31 + again:byte(i)) % 1000000007 end
  if unit == 1 then print(#text, #again) end
end
print(sum)
