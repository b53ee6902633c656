-- Stands before the scripts: the queue's time, in microseconds since 1970. It is the server's and never goes back: what that was set
-- back by is made up for by 'offset', and until leasing.lua has noticed, the last time that was seen holds.
local function stored(value)
  return math.min(whole(value, 16) or 0, LAST)
end

local function text(n)
  return string.format('%.0f', n)
end

local function queue_time(state)
  local t = redis.call('TIME')
  local known = redis.pcall('HMGET', state, 'seen', 'offset')
  -- Of another type: that is for others to tell.
  if known.err then known = {false, false} end
  return math.min(math.max(t[1] * 1000000 + t[2] + stored(known[2]), stored(known[1])), LAST)
end

