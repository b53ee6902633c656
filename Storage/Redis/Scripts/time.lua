-- Stands before the scripts: the queue's time, in microseconds since 1970. It is the server's and never goes back: 'offset' makes up for a
-- server clock that was set back, and until leasing.lua has noticed, the last time seen holds.
local function stored(value)
  return math.min(whole(value, 16) or 0, LAST)
end

local function text(n)
  return string.format('%.0f', n)
end

-- The last time that was seen. One after the year 2200 is damage: leases and delays would end beyond LAST.
local function seen_time(value)
  local seen = stored(value)
  return seen <= 7258118400000000 and seen or 0
end

-- Second it gives whether a script that schedules by this time has to note it: before a relay looks, the clock may be set back.
local function queue_time(state)
  local t = redis.call('TIME')
  local known = redis.pcall('HMGET', state, 'seen', 'offset', 'latest')
  -- A key of another type: other scripts report it.
  if known.err then known = {false, false, false} end
  local clock, seen = t[1] * 1000000 + t[2], math.max(seen_time(known[1]), seen_time(known[3]))
  -- With a clock that has reached it again the offset is over, or is damaged.
  if clock < seen then return math.min(math.max(clock + stored(known[2]), seen), LAST), false end
  return clock, clock - seen > 500000
end

local function note_time(state, clock, has_to)
  if has_to then redis.call('HSET', state, 'latest', text(clock)) end
end

-- What is written as microseconds from now, as '~' and those, up to the next half second, or as '@' and microseconds since 1970.
local function due_time(due, now)
  local kind = string.sub(due, 1, 1)
  if kind == '@' then return string.sub(due, 2) end
  if kind ~= '~' then return string.format('%.0f', math.min(now() + tonumber(due), LAST)) end
  return string.format('%.0f', math.min(math.ceil((now() + tonumber(string.sub(due, 2))) / 500000) * 500000, LAST))
end
