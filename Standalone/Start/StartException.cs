using System.Net.Sockets;
using Garnet.common;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Slimta.Storage;

namespace Slimta.Standalone;

/// <summary>The program cannot start, and the message says what to do.</summary>
internal sealed class StartException(string message) : Exception(message);

internal static class StartProblem
{
    /// <summary>One line for an error that a user can fix; null for a defect of ours, which needs its stack trace.</summary>
    public static string? Explain(Exception error) => error switch
    {
        AggregateException { InnerExceptions: [var only] } => Explain(only),
        AggregateException several when several.InnerExceptions.Select(Explain).ToList() is var lines && !lines.Contains(null) => string.Join(' ', lines),
        OptionsValidationException wrong => Line(string.Join(' ', wrong.Failures)),
        StartException or QueueException or UnauthorizedAccessException or DamagedDataException => Line(error.Message),
        GarnetException => Line($"The queue's data could not be opened: {error.Message} (Garnet:Folder says where it is)."),
        IOException { InnerException: AddressInUseException } => Line($"{error.Message} Choose another with --urls http://localhost:5081."),
        AddressInUseException or SocketException => Line(error.Message),
        // The binder's own words name the key.
        InvalidOperationException { Source: "Microsoft.Extensions.Configuration.Binder" } => Line(error.Message),
        _ => null,
    };

    private static string Line(string message) => message.ReplaceLineEndings(" ");
}
