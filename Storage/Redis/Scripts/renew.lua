-- Extends leases that are still their holder's, and says that the holder is alive.
--
-- KEYS  1 schedule  2 leases  3 state
-- ARGV  1 lease in microseconds  2 silence in microseconds after which a relay is gone  3 holder  4 wake channel  5 partition,
--       then per lease: id, token
-- Reply {end of the renewed leases, generation, ids of those that are lost ...}
local schedule, leases, state = KEYS[1], KEYS[2], KEYS[3]
local w = watch(leases, schedule, state, tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5])
local till = text(w.now + tonumber(ARGV[1]))
local reply = {till, ''}
local scores = {}
for i = 6, #ARGV, 2 do
  local token = ARGV[i + 1] .. '|'
  local lease = redis.call('HGET', leases, ARGV[i])
  if lease and string.sub(lease, 1, #token) == token then
    scores[#scores + 1], scores[#scores + 2] = till, ARGV[i]
  else
    reply[#reply + 1] = ARGV[i]
  end
end
reply[2] = w.note(true)
if #scores > 0 then
  w.touch()
  redis.call('ZADD', schedule, 'XX', unpack(scores))
end
return reply
