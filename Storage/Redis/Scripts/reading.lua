-- Values in the keys may be damaged. These functions read them without an error; every script begins with them.

-- 2^53, in the year 2255: up to here a sorted set's score is exact.
local LAST = 9007199254740992

-- A score as a time: what is infinite or out of bounds is the nearest bound. (Garnet's Lua reads no 'inf'.)
local function micros(score)
  local n = tonumber(score) or (string.sub(score, 1, 1) == '-' and 0 or LAST)
  return math.max(0, math.min(n, LAST))
end

-- A number without sign and with no more than so many digits; nil for anything else.
local function whole(text, digits)
  return text and #text <= digits and string.find(text, '^%d+$') and tonumber(text) or nil
end

-- Who has the lease; nil if none has.
local function owner(lease)
  return lease and string.match(lease, '^%d+|%d+%.?%d*%*?|(.+)$') or nil
end

-- Adds to a count, which starts again from zero where it is no number or negative.
local function tally(key, field, delta)
  if delta == 0 then return end
  local n = redis.pcall('HINCRBY', key, field, string.format('%.0f', delta))
  if type(n) ~= 'number' or n < 0 then
    redis.pcall('HSET', key, field, string.format('%.0f', type(n) == 'number' and 0 or math.max(delta, 0)))
  end
end

