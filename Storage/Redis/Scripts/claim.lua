-- Leases messages that are due, oldest first; if very many are due, some are taken from the newest end, so that new mail need not wait
-- until all the others have had their turn. A claimed message stays in the schedule with the end of its lease as its time: if its
-- consumer dies it falls due again by itself. One that was handed out too often without being settled is left to suspect.lua.
--
-- KEYS  1 schedule  2 leases  3 state  4 held  5 reasons
-- ARGV  1 most messages to claim  2 lease in microseconds  3 silence in microseconds after which a relay is gone  4 holder
--       5 wake channel  6 partition  7 strikes from which a message is suspect  8 hand-outs and  9 deaths alone that convict it
--       10 how long its first trial lasts, in microseconds  11 how many messages from the newest end, if more are due than 12
-- Reply {now, time to ask again or '', partitions or '', how long a relay must have lived to try one of the suspects that wait, in
--       microseconds, or '' if none waits, generation or '', then per message: id, token, time it fell due, strikes}; with the token '': it was
--       no id of a message, and was removed
local schedule, leases, state = KEYS[1], KEYS[2], KEYS[3]
local most, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local trial = {suspect = tonumber(ARGV[7]), strikes = tonumber(ARGV[8]), alone = tonumber(ARGV[9]), first = tonumber(ARGV[10])}
local w = watch(leases, schedule, state, lease, tonumber(ARGV[3]), ARGV[4], ARGV[5], ARGV[6])
local now = w.now
-- By rank, and one more than asked for: that one tells when to come back.
local head = redis.call('ZRANGE', schedule, 0, most, 'WITHSCORES')
-- Messages that wait for their turn come back in clumps, at whole half seconds (time.lua): the newest are those after the last, and then those
-- before it.
local newest = tonumber(ARGV[11])
if newest > 0 and #head > 2 * most and micros(head[#head]) <= now then
  local due = redis.call('ZCOUNT', schedule, '-inf', text(now))
  if due > tonumber(ARGV[12]) then
    local clump = math.floor(now / 500000) * 500000
    local late = math.min(newest, due - redis.call('ZCOUNT', schedule, '-inf', text(clump)))
    local before = redis.call('ZCOUNT', schedule, '-inf', text(clump - 1))
    local early = before >= most and newest - late or 0
    local at = 2 * (most - late - early)
    local function take(first, n)
      local tail = n > 0 and redis.call('ZRANGE', schedule, first, first + n - 1, 'WITHSCORES') or {}
      for i = 1, #tail do head[at + i] = tail[i] end
      at = at + #tail
    end
    take(before - early, early)
    take(due - late, late)
  end
end
local reply = {text(now), '', w.partitions, '', ''}
local ids, dues, strays = {}, {}, {}
for i = 1, #head, 2 do
  local due = micros(head[i + 1])
  if #ids == most or due > now then
    reply[2] = text(due)
    break
  end
  if #head[i] <= 64 and string.find(head[i], '^%d+%-[0-9a-z]+$') then
    ids[#ids + 1] = head[i]
    dues[#dues + 1] = text(due)
  else
    strays[#strays + 1] = head[i]
  end
end
-- Other relays hold messages: look again soon whether they still do.
if #w.relays > 0 and (reply[2] == '' or tonumber(reply[2]) > now + w.tick) then reply[2] = text(now + w.tick) end
if #ids == 0 and #strays == 0 then
  if #head == 0 then
    -- If Garnet's append-only file ended between a message and its count, the count is wrong: here it is known to be zero.
    if redis.call('ZCARD', KEYS[4]) == 0 and (redis.call('HGET', state, 'bytes') or '0') ~= '0' then
      redis.call('HDEL', state, 'bytes')
    end
    for _, relay in ipairs(w.relays) do redis.call('HDEL', state, 'relay:' .. relay.name) end
    if w.mine then redis.call('HDEL', state, 'relay:' .. ARGV[4]) end
  else
    w.note(false)
  end
  return reply
end

w.touch()
if #strays > 0 then
  redis.call('ZREM', schedule, unpack(strays))
  -- Others may wait behind them.
  if reply[2] == '' then reply[2] = reply[1] end
  for _, stray in ipairs(strays) do
    local at = #reply
    reply[at + 1], reply[at + 2], reply[at + 3], reply[at + 4] = stray, '', reply[1], 0
  end
end
if #ids == 0 then return reply end
-- In the schedule and on hold: the file ended in between, and no caller was told that it is one or the other.
if redis.call('ZCARD', KEYS[4]) > 0 then
  redis.call('HDEL', KEYS[5], unpack(ids))
  redis.call('ZREM', KEYS[4], unpack(ids))
end
local before = redis.call('HMGET', leases, unpack(ids))
local good, since, against, later, back = {}, {}, {}, {}, {}
local age = math.huge
local again = text(now + 3 * w.tick)
for i, id in ipairs(ids) do
  local strikes, alone = 0, 0
  if before[i] then strikes, alone = strikes_of(before[i]) end
  if strikes < trial.suspect then
    local n = #good + 1
    good[n], since[n], against[n] = id, dues[i], strikes_text(strikes, alone)
  else
    -- Out of the way of the others.
    age = math.min(age, age_to_try(trial, strikes, alone))
    later[#later + 1], later[#later + 2] = again, id
    back[#back + 1], back[#back + 2] = id, '0|' .. strikes_text(strikes, alone) .. '|'
  end
end
if #later > 0 then
  reply[4] = text(age)
  redis.call('HSET', leases, unpack(back))
  redis.call('ZADD', schedule, 'XX', unpack(later))
  if reply[2] == '' then reply[2] = again end
end
reply[5] = w.note(#good > 0)
if #good > 0 then hand_out(w, leases, schedule, lease, ARGV[4], good, since, against, '', reply) end
return reply
