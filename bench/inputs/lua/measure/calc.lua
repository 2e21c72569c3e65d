-- A little language: lexer, parser to a syntax tree, evaluation by tree walk and by closures.
local units = tonumber(arg[1])

local function lex(text)
  local tokens, at = {}, 1
  while at <= #text do
    local byte = text:byte(at)
    if byte == 32 or byte == 10 then
      at = at + 1
    elseif byte >= 48 and byte <= 57 then
      local stop = at
      while true do
        local next_byte = text:byte(stop + 1)
        if not next_byte or not (next_byte >= 48 and next_byte <= 57 or next_byte == 46) then break end
        stop = stop + 1
      end
      tokens[#tokens + 1] = { kind = "number", value = tonumber(text:sub(at, stop)) }
      at = stop + 1
    elseif byte >= 97 and byte <= 122 then
      local word = text:match("^%l+", at)
      local keyword = word == "let" or word == "if" or word == "then" or word == "else" or word == "while"
        or word == "do" or word == "end" or word == "print"
      tokens[#tokens + 1] = { kind = keyword and word or "name", value = word }
      at = at + #word
    else
      local two = text:sub(at, at + 1)
      if two == "<=" or two == "==" or two == "!=" then
        tokens[#tokens + 1] = { kind = two }
        at = at + 2
      else
        tokens[#tokens + 1] = { kind = two:sub(1, 1) }
        at = at + 1
      end
    end
  end
  tokens[#tokens + 1] = { kind = "eof" }
  return tokens
end

local precedence = { ["=="] = 1, ["!="] = 1, ["<"] = 2, ["<="] = 2, ["+"] = 3, ["-"] = 3, ["*"] = 4,
                     ["/"] = 4, ["%"] = 4 }

local Parser = {}
Parser.__index = Parser

function Parser:peek() return self.tokens[self.at].kind end
function Parser:take(kind)
  local token = self.tokens[self.at]
  if token.kind ~= kind then error("expected " .. kind .. ", got " .. token.kind, 0) end
  self.at = self.at + 1
  return token
end

function Parser:primary()
  local kind = self:peek()
  if kind == "number" then return { op = "number", value = self:take("number").value } end
  if kind == "name" then return { op = "name", name = self:take("name").value } end
  if kind == "-" then
    self:take("-")
    return { op = "negate", self:primary() }
  end
  self:take("(")
  local inner = self:expression(0)
  self:take(")")
  return inner
end

function Parser:expression(minimum)
  local left = self:primary()
  while true do
    local op = self:peek()
    local level = precedence[op]
    if not level or level <= minimum then return left end
    self:take(op)
    left = { op = op, left, self:expression(level) }
  end
end

function Parser:block(...)
  local list = { op = "block" }
  while true do
    local kind = self:peek()
    for i = 1, select("#", ...) do
      if kind == select(i, ...) then return list end
    end
    list[#list + 1] = self:statement()
  end
end

function Parser:statement()
  local kind = self:peek()
  if kind == "let" then
    self:take("let")
    local name = self:take("name").value
    self:take("=")
    return { op = "let", name = name, self:expression(0) }
  elseif kind == "if" then
    self:take("if")
    local test = self:expression(0)
    self:take("then")
    local yes, no = self:block("else", "end"), nil
    if self:peek() == "else" then
      self:take("else")
      no = self:block("end")
    end
    self:take("end")
    return { op = "if", test, yes, no }
  elseif kind == "while" then
    self:take("while")
    local test = self:expression(0)
    self:take("do")
    local body = self:block("end")
    self:take("end")
    return { op = "while", test, body }
  end
  self:take("print")
  return { op = "print", self:expression(0) }
end

local binary = {
  ["+"] = function(a, b) return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return a // b end,
  ["%"] = function(a, b) return a % b end,
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  ["=="] = function(a, b) return a == b end,
  ["!="] = function(a, b) return a ~= b end,
}

local function walk(node, env, out)
  local op = node.op
  if op == "number" then
    return node.value
  elseif op == "name" then
    local value = env[node.name]
    if value == nil then error("no variable " .. node.name, 0) end
    return value
  elseif op == "negate" then
    return -walk(node[1], env, out)
  elseif op == "block" then
    for i = 1, #node do walk(node[i], env, out) end
  elseif op == "let" then
    env[node.name] = walk(node[1], env, out)
  elseif op == "if" then
    if walk(node[1], env, out) then
      walk(node[2], env, out)
    elseif node[3] then
      walk(node[3], env, out)
    end
  elseif op == "while" then
    while walk(node[1], env, out) do walk(node[2], env, out) end
  elseif op == "print" then
    out[#out + 1] = tostring(walk(node[1], env, out))
  else
    return binary[op](walk(node[1], env, out), walk(node[2], env, out))
  end
end

local function compile(node)
  local op = node.op
  if op == "number" then
    local value = node.value
    return function() return value end
  elseif op == "name" then
    local name = node.name
    return function(env) return env[name] end
  elseif op == "negate" then
    local inner = compile(node[1])
    return function(env, out) return -inner(env, out) end
  elseif op == "block" then
    local steps = {}
    for i = 1, #node do steps[i] = compile(node[i]) end
    return function(env, out)
      for i = 1, #steps do steps[i](env, out) end
    end
  elseif op == "let" then
    local name, value = node.name, compile(node[1])
    return function(env, out) env[name] = value(env, out) end
  elseif op == "if" then
    local test, yes, no = compile(node[1]), compile(node[2]), node[3] and compile(node[3])
    return function(env, out)
      if test(env, out) then yes(env, out) elseif no then no(env, out) end
    end
  elseif op == "while" then
    local test, body = compile(node[1]), compile(node[2])
    return function(env, out)
      while test(env, out) do body(env, out) end
    end
  elseif op == "print" then
    local value = compile(node[1])
    return function(env, out) out[#out + 1] = tostring(value(env, out)) end
  end
  local apply, left, right = binary[op], compile(node[1]), compile(node[2])
  return function(env, out) return apply(left(env, out), right(env, out)) end
end

local programs = {
  [[let a = 0 let b = 1 let i = 0
    while i < 40 do let c = (a + b) % 1000007 let a = b let b = c let i = i + 1 end print a]],
  [[let n = seed + 97 let steps = 0
    while n != 1 do
      if n % 2 == 0 then let n = n / 2 else let n = 3 * n + 1 end
      let steps = steps + 1
    end print steps]],
  [[let x = 1 let y = seed * 37 + 1071 let z = 462
    while z != 0 do let x = y % z let y = z let z = x end
    print y if y < 10 then print 0 - y else print -(y * (2 + 3) - 4 / 2) end]],
  [[let sum = 0 let i = 1
    while i <= 30 do
      let j = 1
      while j <= i do if i % j == 0 then let sum = sum + j end let j = j + 3 end
      let i = i + 1
    end print sum]],
  [[print missing + 1]],
  [[let q = (1 + 2 print q]],
}

local check, errors = 0, 0
for unit = 1, units do
  for index, text in ipairs(programs) do
    local fine, result = pcall(function()
      local parser = setmetatable({ tokens = lex(text), at = 1 }, Parser)
      local tree = parser:block("eof")
      local out = {}
      walk(tree, { seed = unit }, out)
      local program, again = compile(tree), {}
      program({ seed = unit }, again)
      assert(table.concat(out, ",") == table.concat(again, ","))
      return table.concat(out, ",")
    end)
    if not fine then errors = errors + 1 end
    for i = 1, #result do check = (check * 131 + result:byte(i) + index) % 998244353 end
  end
end
print(check, errors)
