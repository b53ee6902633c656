-- Sets a rule, ends one, or forgets one that has ended. An ended one stays, marked by '!', until the messages that it kept back are due again.
--
-- KEYS  1 rules
-- ARGV  1 'add' | 'end' | 'forget'  2 id  3 the rule as JSON, for 'add'  4 most rules  5 wake channel
-- Reply 1 done; 0 no such rule stands; -1 there are as many as there may be
local rules, action, id = KEYS[1], ARGV[1], ARGV[2]
if action == 'add' then
  if redis.call('HLEN', rules) >= tonumber(ARGV[4]) then return -1 end
  redis.call('HSET', rules, id, ARGV[3])
else
  local known = redis.call('HGET', rules, id)
  if not known then return 0 end
  -- A write that needs no memory comes first: Redis then lets the script go on when out of memory.
  redis.call('HDEL', rules, '')
  if action == 'forget' then
    redis.call('HDEL', rules, id)
    return 1
  end
  if string.sub(known, 1, 1) == '!' then return 0 end
  redis.call('HSET', rules, id, '!' .. known)
end
redis.pcall('PUBLISH', ARGV[5], 'rules')
return 1
