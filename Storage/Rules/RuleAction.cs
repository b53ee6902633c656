namespace Slimta.Storage;

/// <summary>What a rule does with the mail that it matches. Where several match, a drop comes before a hold, and a hold before a pause.</summary>
public enum RuleAction
{
    /// <summary>It waits: nothing is tried, and nothing is counted as an attempt.</summary>
    Pause,

    /// <summary>It is put on hold when it is due, until an operator decides.</summary>
    Hold,

    /// <summary>It ends when it is due, and no report goes to its sender.</summary>
    Drop,
}
