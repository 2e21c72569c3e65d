-- Compression: LZW and Huffman codes over strings, bit packing, a checksum, string.pack.
local units = tonumber(arg[1])

local seed = 5
local function random(limit)
  seed = (seed * 22695477 + 1) & 0xffffffff
  return (seed >> 16) % limit
end

local function message(length)
  local parts, size = {}, 0
  while size < length do
    local kind = random(4)
    local part
    if kind == 0 then part = "event=" .. random(12) .. " "
    elseif kind == 1 then part = ("ab"):rep(1 + random(5))
    elseif kind == 2 then part = string.format("%04x ", random(65536))
    else part = parts[1 + random(#parts + 1)] or "start " end
    parts[#parts + 1] = part
    size = size + #part
  end
  return table.concat(parts)
end

local function compress(text)
  local codes, size = {}, 256
  for i = 0, 255 do codes[string.char(i)] = i end
  local out, prefix = {}, ""
  for i = 1, #text do
    local char = text:sub(i, i)
    local longer = prefix .. char
    if codes[longer] then
      prefix = longer
    else
      out[#out + 1] = codes[prefix]
      if size < 4096 then
        codes[longer] = size
        size = size + 1
      end
      prefix = char
    end
  end
  out[#out + 1] = codes[prefix]
  return out
end

local function decompress(list)
  local words, size = {}, 256
  for i = 0, 255 do words[i] = string.char(i) end
  local previous = words[list[1]]
  local out = { previous }
  for i = 2, #list do
    local code = list[i]
    local word = words[code] or previous .. previous:sub(1, 1)
    out[#out + 1] = word
    if size < 4096 then
      words[size] = previous .. word:sub(1, 1)
      size = size + 1
    end
    previous = word
  end
  return table.concat(out)
end

local function pack12(list)
  local bytes, held, bits = {}, 0, 0
  for _, code in ipairs(list) do
    held = held << 12 | code
    bits = bits + 12
    while bits >= 8 do
      bits = bits - 8
      bytes[#bytes + 1] = string.char(held >> bits & 255)
    end
    held = held & (1 << bits) - 1
  end
  if bits > 0 then bytes[#bytes + 1] = string.char(held << 8 - bits & 255) end
  return table.concat(bytes)
end

local function huffman(text)
  local counts, nodes = {}, {}
  for i = 1, #text do
    local byte = text:byte(i)
    counts[byte] = (counts[byte] or 0) + 1
  end
  for byte = 0, 255 do
    if counts[byte] then nodes[#nodes + 1] = { weight = counts[byte], byte = byte } end
  end
  table.sort(nodes, function(a, b)
    if a.weight ~= b.weight then return a.weight > b.weight end
    return a.byte > b.byte
  end)
  while #nodes > 1 do
    local left, right = table.remove(nodes), table.remove(nodes)
    local node = { weight = left.weight + right.weight, left = left, right = right }
    local at = #nodes
    while at > 0 and nodes[at].weight < node.weight do at = at - 1 end
    table.insert(nodes, at + 1, node)
  end
  local bits = 0
  local function visit(node, depth)
    if node.byte then
      bits = bits + node.weight * depth
    else
      visit(node.left, depth + 1)
      visit(node.right, depth + 1)
    end
  end
  visit(nodes[1], 0)
  return bits
end

local function adler(text)
  local a, b = 1, 0
  for i = 1, #text, 8 do
    for _, byte in ipairs { text:byte(i, i + 7) } do
      a = (a + byte) % 65521
      b = (b + a) % 65521
    end
  end
  return b << 16 | a
end

local check = 0
for unit = 1, units do
  local text = message(2600)
  local codes = compress(text)
  assert(decompress(codes) == text)
  local packed = pack12(codes)
  local bits = huffman(packed)
  local header = string.pack("<I4I2s1d", #packed, unit & 0xffff, "lzw", bits / 8)
  local size, _, name, quotient = string.unpack("<I4I2s1d", header)
  assert(size == #packed and name == "lzw" and quotient * 8 == bits)
  check = check ~ adler(header .. packed)
  if unit == 1 then print(#text, #packed, bits // 8) end
end
print(string.format("%08x", check))
