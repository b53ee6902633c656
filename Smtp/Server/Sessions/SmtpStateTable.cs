using static Slimta.Smtp.Server.SmtpPhase;

namespace Slimta.Smtp.Server;

/// <summary>
/// Which command may come when (RFC 5321 §4.1.4), and where its success leads. Failure of a command leaves the state as it is.
/// </summary>
internal static class SmtpStateTable
{
    /// <summary>A cell: the state that success leads to, or the reply that refuses the command.</summary>
    public readonly record struct Cell(SmtpPhase? Next, SmtpReply? Refusal)
    {
        public static implicit operator Cell(SmtpPhase next) => new(next, null);
        public static implicit operator Cell(SmtpReply refusal) => new(null, refusal);
    }

    private static readonly SmtpReply HeloFirst = new(503, "5.5.1", "Send EHLO first");
    private static readonly SmtpReply MailFirst = new(503, "5.5.1", "Send MAIL first");
    private static readonly SmtpReply RcptFirst = new(503, "5.5.1", "No valid recipients; send RCPT first");
    private static readonly SmtpReply Nested = new(503, "5.5.1", "Nested MAIL command; send RSET first");
    private static readonly SmtpReply InChunks = new(503, "5.5.1", "Send BDAT or RSET");

#pragma warning disable IDE0055 // A table reads by its columns.
    private static readonly Dictionary<SmtpVerb, Cell[]> Table = new()
    {
        //                    Connected   Ready       Mail        Recipients  Chunks
        [SmtpVerb.Ehlo]     = [Ready,     Ready,      Ready,      Ready,      Ready],
        [SmtpVerb.Helo]     = [Ready,     Ready,      Ready,      Ready,      Ready],
        [SmtpVerb.StartTls] = [HeloFirst, Connected,  Nested,     Nested,     Nested],
        [SmtpVerb.Auth]     = [HeloFirst, Ready,      Nested,     Nested,     Nested],
        [SmtpVerb.Mail]     = [HeloFirst, Mail,       Nested,     Nested,     Nested],
        [SmtpVerb.Rcpt]     = [HeloFirst, MailFirst,  Recipients, Recipients, InChunks],
        [SmtpVerb.Data]     = [HeloFirst, MailFirst,  RcptFirst,  Ready,      InChunks],
        [SmtpVerb.Bdat]     = [HeloFirst, MailFirst,  RcptFirst,  Chunks,     Chunks],
        [SmtpVerb.Rset]     = [Connected, Ready,      Ready,      Ready,      Ready],
        [SmtpVerb.Noop]     = [Connected, Ready,      Mail,       Recipients, Chunks],
        [SmtpVerb.Vrfy]     = [Connected, Ready,      Mail,       Recipients, Chunks],
        [SmtpVerb.Expn]     = [Connected, Ready,      Mail,       Recipients, Chunks],
        [SmtpVerb.Help]     = [Connected, Ready,      Mail,       Recipients, Chunks],
        [SmtpVerb.Quit]     = [Closed,    Closed,     Closed,     Closed,     Closed],
    };
#pragma warning restore IDE0055

    /// <summary>Every row as an array, so that a look-up is two indexings.</summary>
    private static readonly Cell[][] Rows = [.. Enum.GetValues<SmtpVerb>().Where(Table.ContainsKey).Select(verb => Table[verb])];

    public static Cell Find(SmtpVerb verb, SmtpPhase state) => Rows[(int)verb][(int)state];
}
