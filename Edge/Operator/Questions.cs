using System.Globalization;
using Microsoft.Extensions.Options;
using Slimta.Edge.Http;
using Slimta.Smtp;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <summary>The calls that change nothing.</summary>
internal static class Questions
{
    public const int MostListed = 1000;
    private const int MostDestinations = 10_000;

    public static async Task<IResult> ListAsync(HttpContext http, IQueueOperator queue, IQueueRules rules, IRelayStates relays)
    {
        var errors = new FieldErrors();
        var filter = OperatorFilter.Of(http.Request.Query, errors, "limit", "cursor").Read(errors);
        var limit = Limit(http, 100, MostListed, errors);
        if (errors.Any)
            return errors.ToResult();
        var cursor = http.Request.Query["cursor"].ToString() is { Length: > 0 } given ? given : null;
        var page = await queue.FindAsync(filter, limit, cursor, http.RequestAborted);
        // Its own last reply says more.
        var working = page.Messages.Any(IsUntried) ? await relays.ReadAsync(http.RequestAborted) : [];
        var standing = page.Messages.Any(IsWaiting) ? await rules.ReadAsync(http.RequestAborted) : RuleSet.Empty;
        return Results.Json(new MessageList([.. page.Messages.Select(listing => MessageLine.Of(listing, filter) with
        {
            DestinationError = IsUntried(listing) ? ErrorOf(listing, working) : null,
            Paused = IsWaiting(listing) ? RuleView.OfAny(PauseOf(listing, standing)) : null,
        })], page.Cursor), OperatorJson.Default.MessageList);
    }

    private static bool IsWaiting(QueueListing listing) => listing.State is MessageState.Due or MessageState.Scheduled;

    /// <summary>A bounce that was ordered waits only while the whole queue is paused.</summary>
    private static QueueRule? PauseOf(QueueListing listing, RuleSet rules)
    {
        if (rules.QueuePause is not null || rules.IsEmpty || listing.Message is not { BounceText: null } message)
            return rules.QueuePause;
        var found = message.Pending.Select(recipient => rules.Find(message.Sender, recipient.Address)).ToList();
        return found.TrueForAll(rule => rule is { Action: RuleAction.Pause }) ? found.FirstOrDefault() : null;
    }

    private static bool IsUntried(QueueListing listing) => IsWaiting(listing) && listing.Message is { Attempts: 0 };

    private static string? ErrorOf(QueueListing listing, IReadOnlyList<RelayState> relays) => listing.Message!.Pending.Take(MessageLine.Named)
        .SelectMany(recipient => relays.Select(relay => relay.Of(MessageFilter.DomainOf(recipient.Address), listing.Message.Route)?.Problem)).FirstOrDefault(problem => problem is not null);

    public static async Task<IResult> ShowAsync(string id, HttpContext http, IQueueOperator queue) =>
        Results.Json(MessageView.Of(await queue.InspectAsync(id, http.RequestAborted)), OperatorJson.Default.MessageView);

    public static async Task<IResult> WhyAsync(
        string id, HttpContext http, IQueueOperator queue, IQueueRules rules, IRelayStates relays, IQueueHistory history)
    {
        MessageDetails message;
        try
        {
            message = await queue.InspectAsync(id, http.RequestAborted);
        }
        catch (KeyNotFoundException)
        {
            if (await history.FindEndedAsync(id, http.RequestAborted) is not { } ended)
                return HistoryQuestions.Nowhere;
            return Results.Json(WhatBecame.Tell(ended), OperatorJson.Default.WhyView);
        }
        var behind = message.Listing.State == MessageState.Due ? await queue.CountDueBeforeAsync(message.Listing.Timestamp, http.RequestAborted) : 0;
        var why = new WhyNot(await rules.ReadAsync(http.RequestAborted), await relays.ReadAsync(http.RequestAborted), behind);
        return Results.Json(new WhyView(id, MessageLine.Word(message.Listing.State), [.. why.Explain(message)]), OperatorJson.Default.WhyView);
    }

    public static async Task<IResult> ContentAsync(string id, HttpContext http, IQueueStorage queue)
    {
        var content = (await queue.GetAsync(id, http.RequestAborted)).Envelope.Content;
        // It is a stranger's: to be saved, never to be shown as a page of ours.
        http.Response.Headers["Content-Disposition"] = $"attachment; filename=\"{Printable.Text(id)}.eml\"";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        http.Response.ContentLength = content.Length;
        return Results.Stream(async body =>
        {
            await foreach (var piece in content.ReadAsync(http.RequestAborted))
                await body.WriteAsync(piece, http.RequestAborted);
        }, "message/rfc822");
    }

    public static IResult Page(IOptions<EdgeOptions> options) =>
        Results.Json(new PageView(ProductVersion.Text, options.Value.TraceUrl), OperatorJson.Default.PageView);

    public static async Task<IResult> OverviewAsync(HttpContext http, IQueueOperator queue, IQueueRules rules, IRelayStates relays)
    {
        var errors = new FieldErrors();
        foreach (var name in http.Request.Query.Keys.Where(name => !name.Equals("limit", StringComparison.OrdinalIgnoreCase)))
            errors.Add(Printable.Text(name), "Not known here; the parameter is limit.");
        var limit = Limit(http, 100, MostDestinations, errors);
        if (errors.Any)
            return errors.ToResult();
        var counts = await queue.CountAsync(http.RequestAborted);
        var overview = await queue.OverviewAsync(cancellationToken: http.RequestAborted);
        var standing = await rules.ReadAsync(http.RequestAborted);
        var working = await relays.ReadAsync(http.RequestAborted);
        return Results.Json(new OverviewView(counts.Total, counts.Due, counts.Scheduled, counts.Leased, counts.Held, counts.Bytes,
            overview.Examined, overview.IsComplete, overview.Destinations.Count,
            [.. overview.Destinations.Take(limit).Select(destination => DestinationView.Of(destination, standing, working))], RuleView.OfAny(standing.QueuePause),
            standing.Rules.Count, [.. working.Select(RelayView.Of)]), OperatorJson.Default.OverviewView);
    }

    internal static int Limit(HttpContext http, int otherwise, int most, FieldErrors errors)
    {
        if (!http.Request.Query.TryGetValue("limit", out var text))
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most)
            return limit;
        errors.Add("limit", $"It must be a number from 1 to {most}; the default is {otherwise}.");
        return otherwise;
    }
}
