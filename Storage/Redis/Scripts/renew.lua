-- Extends leases that are still their holders'.
--
-- KEYS  1 schedule  2 leases
-- ARGV  1 lease in microseconds, then per lease: id, token
-- Reply {end of the renewed leases, ids of those that are lost ...}
local t = redis.call('TIME')
local till = string.format('%.0f', t[1] * 1000000 + t[2] + tonumber(ARGV[1]))
local reply = {till}
local scores = {}
for i = 2, #ARGV, 2 do
  local token = ARGV[i + 1] .. '|'
  local lease = redis.call('HGET', KEYS[2], ARGV[i])
  if lease and string.sub(lease, 1, #token) == token then
    scores[#scores + 1] = till
    scores[#scores + 1] = ARGV[i]
  else
    reply[#reply + 1] = ARGV[i]
  end
end
if #scores > 0 then
  -- See claim.lua: a full server must not take leases away.
  redis.call('HDEL', KEYS[2], '')
  redis.call('ZADD', KEYS[1], 'XX', unpack(scores))
end
return reply
