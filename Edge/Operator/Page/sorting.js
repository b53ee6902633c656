const most = 100;
const ranks = { oldest: m => -Date.parse(m.received), largest: m => m.size, attempts: m => m.attempts };

export const sorts = { oldest: "oldest first", largest: "largest first", attempts: "most attempts first" };

/**
 * The first hundred of all that match in another order than the API's: it reads every page.
 * @param goOn told how many have been read; false ends it
 */
export async function sorted(api, filter, sort, goOn) {
  let best = [], seen = 0, cursor;
  do {
    const page = await api.get("messages", { ...filter, cursor, limit: 500 });
    seen += page.messages.length;
    best = [...best, ...page.messages].map(m => [ranks[sort](m) || -Infinity, m]).sort(([one], [other]) => other > one ? 1 : other < one ? -1 : 0).slice(0, most).map(([, m]) => m);
    cursor = page.cursor;
  } while (cursor && goOn(seen));
  return { messages: best, seen };
}
