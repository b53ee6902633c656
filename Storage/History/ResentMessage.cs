namespace Slimta.Storage;

/// <summary>The message that was made of an ended one.</summary>
/// <param name="IsReplay">The same order had written it before: nothing was added.</param>
public sealed record ResentMessage(string Id, bool IsReplay);
