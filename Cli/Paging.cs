using System.CommandLine;
using System.Text.Json.Nodes;

namespace Slimta.Cli;

/// <summary>Goes through a list of the API page by page.</summary>
internal static class Paging
{
    private const int PageSize = 500;

    public static Option<int> Limit()
    {
        var limit = new Option<int>("--limit") { Description = "Messages to show; 0 for all", DefaultValueFactory = _ => 50 };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 0)
                result.AddError("--limit must be a number from 0, which shows all, up.");
        });
        return limit;
    }

    /// <param name="most">So many; 0 for all.</param>
    /// <returns>True if there may be more.</returns>
    public static async Task<bool> EachAsync(Session session, string path, string query, int most, Action<JsonNode> row, CancellationToken cancellationToken)
    {
        var (left, cursor) = (most > 0 ? most : int.MaxValue, "");
        do
        {
            var page = await session.Server.GetAsync($"{path}?limit={Math.Min(left, PageSize)}{query}{cursor}", cancellationToken);
            foreach (var message in page["messages"]!.AsArray())
            {
                left--;
                row(message!);
            }
            cursor = page["cursor"] is { } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0 && left > 0);
        return cursor.Length > 0;
    }
}
