using Microsoft.Extensions.Options;

namespace Slimta.Storage;

/// <summary>Finds settings that are each valid but conflict with each other.</summary>
internal sealed class QueueOptionsValidator : IValidateOptions<QueueOptions>
{
    /// <summary>A relay beats every sixth of the time after which it is taken for dead.</summary>
    private const int BeatsPerTimeout = 6;

    public ValidateOptionsResult Validate(string? name, QueueOptions options)
    {
        var problems = new List<string>();
        if (options.Lease < options.HeartbeatTimeout / BeatsPerTimeout)
        {
            problems.Add($"Storage:Lease is {options.Lease} and Storage:HeartbeatTimeout is {options.HeartbeatTimeout}: "
                + "the lease must last at least a sixth of it, one sign of life; the defaults are 00:01:00 and 00:00:06.");
        }
        if (options.MaxBytes > 0 && options.MaxMessageBytes > options.MaxBytes)
        {
            problems.Add($"Storage:MaxMessageBytes is {options.MaxMessageBytes} and Storage:MaxBytes is {options.MaxBytes}: "
                + "a message of that size would never find room; lower the first, or raise the second or set it to 0 (no limit).");
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
