-- Stands before the scripts by which relays hold messages.
--
-- A lease is 'token|strikes|holder'. Strikes count the hand-outs that were not settled, '5.3' those of which three found the relay
-- with nothing else in hand, and '5.3*' says that it is so handed out now. Without a holder it was given back, with its strikes.
-- A relay that holds something has a field 'relay:holder' in the state: 'until generation'. The generation tells it whether its
-- messages may have been given to others since.

local function strikes_of(lease)
  local strikes, alone, mark, holder = string.match(lease or '', '^%d+|(%d+)%.?(%d*)(%*?)|(.*)$')
  strikes, alone = whole(strikes, 6) or 0, whole(alone, 6) or 0
  -- It still names a holder: one that died, or lost touch.
  if holder and holder ~= '' then
    strikes = math.min(strikes + 1, 9999)
    if mark == '*' then alone = math.min(alone + 1, 9999) end
  end
  return strikes, alone
end

local function strikes_text(strikes, alone)
  if strikes == 0 then return '0' end
  return alone > 0 and text(strikes) .. '.' .. text(alone) or text(strikes)
end

-- How long a relay must have lived, in microseconds, before it tries a suspect; 'trial' holds the strikes from which a message is suspect, the
-- hand-outs and the deaths alone that convict it, and how long its first trial lasts. A relay may be killed for other reasons, and often. So the
-- longer trials of a message that relays died with begin at an age at which none of its earlier trials was still going on: relays that die at
-- some age anyway die before, or outlive the trial. A convicted one is only put on hold.
local function age_to_try(trial, strikes, alone)
  if alone == 0 or (strikes >= trial.strikes and alone >= trial.alone) then return 0 end
  return trial.first * (2 ^ math.min(strikes - trial.suspect, 6) - 1)
end

local function strikes_less(before, alone, after)
  return alone == '1' and before .. after or before .. '.' .. text(tonumber(alone) - 1) .. after
end

local function each_lease(leases, visit)
  local all = redis.call('HGETALL', leases)
  for i = 1, #all, 2 do visit(all[i], all[i + 1], owner(all[i + 1])) end
end

-- Scores and members by turns; a call takes no more than Lua's stack does.
local function reschedule(schedule, scores)
  for i = 1, #scores, 2000 do redis.call('ZADD', schedule, 'XX', unpack(scores, i, math.min(i + 1999, #scores))) end
end

-- A write that needs no memory comes first: Redis then lets the script go on when out of memory, so that a full queue drains.
local function toucher(leases)
  local touched
  return function()
    if not touched then redis.call('HDEL', leases, '') end
    touched = true
  end
end

-- Takes numbers that only grow from the state. The first is one more than this gives.
local function numberer(state, now)
  return function(n)
    local fence = redis.pcall('HINCRBY', state, 'fence', n)
    if type(fence) ~= 'number' or fence < n or fence > LAST then
      -- Damaged: the clock is ahead of all tokens that were ever given out.
      fence = now + n
      redis.call('HSET', state, 'fence', text(fence))
    end
    return fence - n
  end
end

-- The result of watch where there can be nothing to notice: this relay was here a moment ago, and looked.
local function just_watched(leases, state, timeout, holder)
  local known = redis.pcall('HMGET', state, 'seen', 'offset', 'partitions', 'relay:' .. holder, 'latest')
  if known.err or not known[4] or known[2] ~= '0' then return nil end
  local t = redis.call('TIME')
  local now, seen, fresh = t[1] * 1000000 + t[2], stored(known[1]), timeout / 12
  local till, generation = string.match(known[4], '^(%d+) (%d+)$')
  if now < seen or now < seen_time(known[5]) or now - seen >= fresh or stored(till) < now + timeout - fresh then return nil end
  return {
    now = now, relays = {}, mine = true, partitions = known[3] or '', tick = timeout / 6,
    touch = toucher(leases), fence = numberer(state, now),
    note = function(holds) return holds and text(stored(generation)) or '' end,
  }
end

-- Notices that time has jumped and that relays are gone, and puts both right. Relays look or beat every sixth of the timeout, as
-- long as any relay holds something.
local function watch(leases, schedule, state, lease, timeout, holder, channel, partition)
  local just = just_watched(leases, state, timeout, holder)
  if just then return just end
  local tick = timeout / 6
  local all = redis.call('HGETALL', state)
  local known, relays, mine = {}, {}, nil
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 6) == 'relay:' then
      local till, generation = string.match(all[i + 1], '^(%d+) (%d+)$')
      local relay = {name = string.sub(all[i], 7), till = stored(till), generation = text(stored(generation))}
      if relay.name == holder then mine = relay else relays[#relays + 1] = relay end
    else
      known[all[i]] = all[i + 1]
    end
  end

  local t = redis.call('TIME')
  local seen = seen_time(known.seen)
  local offset = seen > 0 and stored(known.offset) or 0
  local w = {relays = relays, mine = mine, partitions = known.partitions or '', tick = tick, touch = toucher(leases)}
  local before = offset
  local now, jump = t[1] * 1000000 + t[2] + offset, 0
  -- Mail may have been scheduled by a clock that no relay saw.
  local latest = math.max(seen, seen_time(known.latest))
  local back = now < latest
  if back then offset, now = offset + latest - now, latest end
  if seen > 0 then
    local since = now - seen
    if since > 3 * tick then jump = since - tick end
    -- A clock set forward again by as much as it was set back ends the offset; otherwise the offset shrinks bit by bit, so that nothing is
    -- early for long.
    local less = 0
    if offset > 0 and not back then less = jump > 0 and jump + 2 * tick >= offset and offset or math.min(offset, math.floor(since / 10)) end
    offset, now, jump = offset - less, now - less, math.max(0, jump - less)
  end
  w.now, w.fence = now, numberer(state, now)

  -- The clock was set forward; or the server, or every relay, was away. No relay could renew: who held something then still does.
  if jump > 0 then
    local scores = {}
    each_lease(leases, function(id, value, holds)
      local score = holds and redis.call('ZSCORE', schedule, id)
      local till = score and micros(score) or 0
      if till > seen and till < now + lease then
        scores[#scores + 1], scores[#scores + 2] = text(math.min(till + jump, now + lease)), id
      end
    end)
    if #scores > 0 then w.touch() end
    reschedule(schedule, scores)
    for _, relay in ipairs(relays) do
      if relay.till > seen then
        w.touch()
        relay.till = math.min(relay.till + jump, now + timeout)
        redis.call('HSET', state, 'relay:' .. relay.name, text(relay.till) .. ' ' .. relay.generation)
      end
    end
  end

  -- 6 Die
  -- The messages of a relay that is gone are due now; so are those of a relay that has been silent for two beats while a new process of its
  -- name is here. Its leases stay until the messages are handed out: until then it may still settle them, if it lives.
  local gone, name = {}, string.match(holder, '^(.*)#') or holder
  for i = #relays, 1, -1 do
    local relay = relays[i]
    local namesake = string.match(relay.name, '^(.*)#') == name
    if relay.till <= now or (namesake and relay.till - timeout + 2 * tick <= now) then
      gone[relay.name], gone[1] = true, 'relay:' .. relay.name
      w.touch()
      redis.call('HDEL', state, gone[1])
      table.remove(relays, i)
    end
  end
  if gone[1] then
    local scores, accused, died = {}, {}, {}
    each_lease(leases, function(id, value, holds)
      local till = holds and gone[holds] and redis.call('ZSCORE', schedule, id)
      if till and micros(till) > now then scores[#scores + 1], scores[#scores + 2] = text(now), id end
      if till and died[holds] ~= 'alone' then died[holds] = string.find(value, '*|', 1, true) and 'alone' or 'in company' end
      local before, alone, after = string.match(value, '^(%d+|%d+)%.(%d+)(.*)$')
      if before then accused[#accused + 1], accused[#accused + 2] = id, strikes_less(before, alone, after) end
    end)
    -- Relays die without the suspects too: that speaks for each of them.
    for _, how in pairs(died) do
      if how == 'in company' then
        for i = 1, #accused, 2000 do redis.call('HSET', leases, unpack(accused, i, math.min(i + 1999, #accused))) end
        break
      end
    end
    reschedule(schedule, scores)
    if #scores > 0 then redis.pcall('PUBLISH', channel, partition) end
  end

  -- Notes the time and, for a relay that holds something, that it is here.
  function w.note(holds)
    local fields = {}
    if now - seen >= tick / 2 or offset ~= before then
      fields = {'seen', text(now), 'offset', text(offset)}
    end
    if holds then
      if not mine then mine = {till = 0, generation = text(w.fence(1) + 1)} end
      if mine.till < now + timeout - tick / 2 then
        fields[#fields + 1], fields[#fields + 2] = 'relay:' .. holder, text(now + timeout) .. ' ' .. mine.generation
      end
    end
    if #fields > 0 then
      w.touch()
      redis.call('HSET', state, unpack(fields))
    end
    return holds and mine.generation or ''
  end
  return w
end

-- Leases messages to a holder and adds to the reply, per message: id, token, time it fell due, strikes.
local function hand_out(w, leases, schedule, lease, holder, ids, dues, strikes, mark, reply)
  w.touch()
  local n, at = #ids, #reply
  local fence, till, tail = w.fence(n), text(w.now + lease), mark .. '|' .. holder
  local scores, tokens = {}, {}
  for i = 1, n do
    local id, token = ids[i], text(fence + i)
    scores[2 * i - 1], scores[2 * i] = till, id
    tokens[2 * i - 1], tokens[2 * i] = id, token .. '|' .. strikes[i] .. tail
    reply[at + 1], reply[at + 2], reply[at + 3], reply[at + 4] = id, token, dues[i], strikes[i]
    at = at + 4
  end
  redis.call('HSET', leases, unpack(tokens))
  redis.call('ZADD', schedule, 'XX', unpack(scores))
end

