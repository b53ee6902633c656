-- Leases one message that was handed out several times and not settled, to a relay that has nothing else in hand: if the relay dies now, the
-- cause is known. Of several suspects that it may try at its age, the one tried alone least often comes first.
--
-- KEYS  1 schedule  2 leases  3 state
-- ARGV  1 lease in microseconds  2 silence in microseconds after which a relay is gone  3 holder  4 wake channel  5 partition
--       6 strikes from which a message is suspect  7 hand-outs and  8 deaths alone that convict it
--       9 how long its first trial lasts  10 how long the relay has lived, both in microseconds
-- Reply as that of claim.lua, with one message or none
local schedule, leases, state = KEYS[1], KEYS[2], KEYS[3]
local lease, age = tonumber(ARGV[1]), tonumber(ARGV[10])
local trial = {suspect = tonumber(ARGV[6]), strikes = tonumber(ARGV[7]), alone = tonumber(ARGV[8]), first = tonumber(ARGV[9])}
local w = watch(leases, schedule, state, lease, tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5])
local reply = {text(w.now), '', w.partitions, '', ''}
local first
local others = math.huge
each_lease(leases, function(id, value, holds)
  local strikes, alone = strikes_of(value)
  if strikes < trial.suspect then return end
  local due = redis.call('ZSCORE', schedule, id)
  -- A suspect that claim.lua put out of the way waits for this.
  if not due or micros(due) > (holds and w.now or w.now + 3 * w.tick) then return end
  due = micros(due)
  local needed = age_to_try(trial, strikes, alone)
  if needed > age then
    others = math.min(others, needed)
  elseif not first or alone < first.alone or (alone == first.alone and due < tonumber(first.due)) then
    if first then others = 0 end
    first = {id = id, due = text(due), strikes = strikes, alone = alone}
  else
    others = 0
  end
end)
if others < math.huge then reply[4] = text(others) end
reply[5] = w.note(first ~= nil)
if first then
  hand_out(w, leases, schedule, lease, ARGV[3], {first.id}, {first.due}, {strikes_text(first.strikes, first.alone)}, '*', reply)
end
return reply
