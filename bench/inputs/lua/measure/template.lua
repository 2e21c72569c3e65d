-- Pages from templates: a template becomes Lua source, is loaded, and is filled with data.
local units = tonumber(arg[1])

local function escape(text)
  return (tostring(text):gsub("[<>&\"]", { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;",
                                            ['"'] = "&quot;" }))
end

local function translate(template)
  local code = { "local data, escape, out = ... local n = #out " }
  local at = 1
  while true do
    local from, to, mark, body = template:find("{([%%{=])(.-)[%%}]}", at)
    local literal = template:sub(at, (from or 0) - 1)
    if literal ~= "" then code[#code + 1] = string.format("n = n + 1 out[n] = %q ", literal) end
    if not from then break end
    if mark == "%" then
      code[#code + 1] = body .. " "
    elseif mark == "=" then
      code[#code + 1] = "n = n + 1 out[n] = tostring(" .. body .. ") "
    else
      code[#code + 1] = "n = n + 1 out[n] = escape(" .. body .. ") "
    end
    at = to + 1
  end
  code[#code + 1] = "return table.concat(out)"
  return table.concat(code)
end

local templates = {
  [[<h1>{{data.title}}</h1>
<ul>{% for i, item in ipairs(data.items) do %}
  <li class="{=i % 2 == 0 and 'even' or 'odd'}}">{{item.name}}: {=string.format("%.2f", item.price)}}
  {% if item.stock < 3 then %}<b>only {=item.stock}} left</b>{% end %}</li>{% end %}
</ul>
<p>Total: {=data.total}}</p>]],
  [[Dear {{data.customer}},
{% if #data.items > 8 then %}thank you for your large order.{% else %}thank you.{% end %}
{% local sum = 0 for _, item in ipairs(data.items) do sum = sum + item.price end %}
You bought {=#data.items}} things for {=string.format("%8.3f", sum)}}.
{% for i = #data.items, 1, -2 do local item = data.items[i] %}* {{item.name:upper()}}
{% end %}]],
}

local seed = 42
local function random(limit)
  seed = (seed * 48271) % 2147483647
  return seed % limit
end

local nouns = { "lamp", "table", "cup & saucer", "<rug>", "chair", 'the "best" clock', "mirror", "shelf" }
local check, bytes = 0, 0
local cache = {}
for unit = 1, units do
  for variant = 1, 6 do
    local items, total = {}, 0
    for i = 1, 4 + random(14) do
      local item = { name = nouns[1 + random(#nouns)] .. " " .. i, price = random(10000) / 100,
                     stock = random(12) }
      items[i] = item
      total = total + item.stock
    end
    local data = { title = "Catalogue " .. unit .. "." .. variant, customer = "M" .. random(50) .. " & Co",
                   items = items, total = total }
    for index, template in ipairs(templates) do
      local key = variant > 2 and index or index .. "/" .. unit
      local page = cache[key]
      if not page then
        page = assert(load(translate(template), "=page"))
        cache[key] = page
      end
      local text = page(data, escape, {})
      bytes = bytes + #text
      text = text:gsub("%s+", " "):gsub("^ ", ""):gsub("<(/?)b>", "<%1strong>")
      for position, tag in text:gmatch("()<(%a+)") do check = (check * 17 + position + #tag) % 16777213 end
      check = (check + #text) % 16777213
    end
  end
end
print(check, bytes)
