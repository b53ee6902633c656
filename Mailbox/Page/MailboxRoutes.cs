using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Slimta.Mailbox.Reading;

namespace Slimta.Mailbox;

/// <summary>The mailbox's messages, as JSON and as they came: for the page, and for tests of an application that sends mail.</summary>
internal static class MailboxRoutes
{
    private const int Listed = 100;
    private const int MostListed = 1000;

    /// <summary>Of messages that a search takes apart for one page: the default of Mailbox:MaxBytes.</summary>
    private const long MostSearched = 64L * 1024 * 1024;

    /// <summary>The cost of parsing a message besides its bytes.</summary>
    private const int EachSearched = 4096;

    public static RouteGroupBuilder MapMailboxRoutes(this RouteGroupBuilder routes)
    {
        routes.MapGet("version", (MailboxStore store) => Results.Json(new VersionView(store.Version), MailboxJson.Default.VersionView));
        routes.MapGet("messages", ListAsync);
        routes.MapDelete("messages", (MailboxStore store) => Results.Json(new RemovedView(store.Clear()), MailboxJson.Default.RemovedView));
        routes.MapGet("messages/{id}", async (string id, MailboxStore store, CancellationToken aborted) => store.Find(id) is { } message
            ? Results.Json(await MailView.OfAsync(message, aborted), MailboxJson.Default.MailView)
            : Gone());
        routes.MapDelete("messages/{id}", (string id, MailboxStore store) => store.Remove(id) ? Results.Json(new RemovedView(1), MailboxJson.Default.RemovedView) : Gone());
        routes.MapPost("messages/{id}/read", (string id, MailboxStore store) =>
        {
            if (store.Find(id) is not { } message)
                return Gone();
            store.MarkRead(message);
            return Results.Json(new VersionView(store.Version), MailboxJson.Default.VersionView);
        });
        routes.MapGet("messages/{id}/content", (string id, MailboxStore store) =>
            store.Find(id) is { } message ? Results.Bytes(message.Content, "message/rfc822", $"{message.Id}.eml") : Gone());
        routes.MapGet("messages/{id}/parts/{index:int}", PartAsync);
        return routes;
    }

    private static async Task<IResult> ListAsync(string? search, string? limit, string? before, MailboxStore store, CancellationToken aborted)
    {
        if (!TryRead(limit, Listed, MostListed, out var most))
            return Invalid("limit", $"It must be a number from 1 to {MostListed}; the default is {Listed}.");
        if (!TryRead(before, long.MaxValue, long.MaxValue, out var end))
            return Invalid("before", "Use the number that an answer gave.");
        if (search?.Length > MailSearch.MostLength)
            return Invalid("search", $"It has at most {MailSearch.MostLength} characters.");

        var version = store.Version;
        var all = store.List();
        var finder = new MailSearch(search ?? "");
        var page = new List<MailboxLine>();
        long searched = 0;
        long? next = null;
        foreach (var message in all.SkipWhile(message => message.Number >= end))
        {
            if (page.Count == most || searched > MostSearched)
            {
                next = message.Number + 1;
                break;
            }
            searched += finder.IsEmpty ? 0 : message.Size + EachSearched;
            if (finder.IsEmpty || await finder.FindsAsync(message, aborted))
                page.Add(await MailboxLine.OfAsync(message, aborted));
        }
        return Results.Json(new MailboxList(version, all.Count, store.Total, all.Count(message => !message.IsRead), page, next), MailboxJson.Default.MailboxList);
    }

    /// <summary>Only ever to be saved: the sender chose its type.</summary>
    private static async Task<IResult> PartAsync(string id, int index, MailboxStore store, CancellationToken aborted)
    {
        if (store.Find(id) is not { } message)
            return Gone();
        var mail = await Mail.ReadAsync(message.Content, aborted);
        if (index < 0 || index >= mail.Parts.Count)
        {
            mail.Dispose();
            return Results.Problem(statusCode: 404, title: "The message has no such part.");
        }
        var part = mail.Parts[index];
        return Results.Stream(async target =>
        {
            using (mail)
                await PartContent.WriteAsync(part, target, aborted);
        }, "application/octet-stream", FileNames.Of(part, index));
    }

    private static bool TryRead(string? text, long otherwise, long most, out long value)
    {
        value = otherwise;
        return text is null || (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= most);
    }

    private static IResult Gone() => Results.Problem(statusCode: 404, title: "No such message is in the mailbox.");

    private static IResult Invalid(string field, string problem) => Results.ValidationProblem(new Dictionary<string, string[]> { [field] = [problem] });
}
