namespace Slimta.Storage;

/// <summary>How a message ended for one recipient.</summary>
/// <param name="Last">Its outcome in the last attempt on record; null if there is none.</param>
public sealed record EndedRecipient(Recipient Recipient, EndOutcome Outcome, RecipientOutcome? Last = null);
