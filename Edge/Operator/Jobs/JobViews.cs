using System.Globalization;
using Slimta.Storage;

namespace Slimta.Edge.Operator;

/// <param name="Count">Messages that would be changed, of those that this call looked at.</param>
/// <param name="Delivering">Messages that match and are being delivered: they would be left alone.</param>
/// <param name="Cursor">Send it with the same call to go on; absent at the end.</param>
/// <param name="Note">At the end: why they would stay all the same.</param>
internal sealed record CountView(string Action, int Count, int Delivering, string? Cursor, string? Note);

internal sealed record JobList(IReadOnlyList<JobView> Jobs);

/// <param name="State">running, done, canceled or failed.</param>
/// <param name="Says">The order in words.</param>
/// <param name="Ended">Absent while it runs.</param>
/// <param name="Examined">Messages that it has looked at, of <paramref name="Total"/>.</param>
/// <param name="Done">Messages that it has changed.</param>
/// <param name="Delivering">Messages that match and were being delivered: left alone.</param>
/// <param name="Failed">Messages that match and could not be changed.</param>
/// <param name="Failures">The first hundred of those.</param>
/// <param name="CanceledBy">While it runs, it is about to stop.</param>
/// <param name="Problem">Why it does not go on at present, or why it failed.</param>
internal sealed record JobView(string Id, string State, string Says, string Action, string? Text, DateTimeOffset? At, OperatorFilter Filter, string Author,
    DateTimeOffset Started, DateTimeOffset? Ended, long Examined, long Total, long Done, long Delivering, long Failed, IReadOnlyList<OrderFailure> Failures,
    string? CanceledBy, string? Problem)
{
    /// <summary>Of one that has ended, where it is asked for by its id: why mail that matches stays all the same, at present.</summary>
    public string? Note { get; init; }

    public static JobView Of(OrderJob job) => new(job.Id, job.State.ToString().ToLowerInvariant(), Sentence(job), Word(job.Order.Kind),
        job.Order.Text.Length > 0 ? job.Order.Text : null, TimeOf(job.Order), OperatorFilter.Of(job.Filter), job.Author, job.Started, job.Ended,
        job.Examined, job.Total, job.Done, job.Delivering, job.Failed, job.Failures, job.CanceledBy, job.Problem);

    /// <summary>hold on domain=example.com "their server is down".</summary>
    public static string Sentence(OrderJob job) => $"{Word(job.Order.Kind)} on {OperatorFilter.Of(job.Filter)}{Words(job.Order)}";

    /// <summary>What an order says beside its kind, after a space.</summary>
    public static string Words(OperatorOrder order) => (order.Text.Length > 0 ? $" \"{order.Text}\"" : "")
        + (TimeOf(order) is { } at ? string.Create(CultureInfo.InvariantCulture, $" to {at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}") : "");

    private static string Word(OrderKind kind) => kind.ToString().ToLowerInvariant();

    private static DateTimeOffset? TimeOf(OperatorOrder order) => order.Due == Due.Now ? null : order.Due.ToTime(default);
}
