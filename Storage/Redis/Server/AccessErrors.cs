using System.Security.Authentication;
using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>Tells apart why a server does not let us in: its certificate, the password, or the rights of the user.</summary>
internal static class AccessErrors
{
    /// <summary>What the scripts and the client use; docs/reference/redis.md has it as an ACL.</summary>
    public const string Rights =
        "EVAL, EVALSHA and the commands of the scripts, INFO, CONFIG GET, the keys '~{<Storage:Prefix>*' and the channel '&<Storage:Prefix>wake'";

    /// <summary>The exception for an error that says so, however deep; null if it says nothing of the kind.</summary>
    public static QueueAccessException? Of(Exception? error, string operation)
    {
        for (var at = error; at is not null; at = at.InnerException)
        {
            if (Reason(at) is { } reason)
                return new QueueAccessException($"{operation}: {reason} Nothing was changed. ({RedisErrors.FirstSentence(at.Message)})", error);
        }
        return (error as AggregateException)?.InnerExceptions.Select(inner => Of(inner, operation)).FirstOrDefault(found => found is not null)
            // Only where nothing deeper says which of them it was.
            ?? (error is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
                ? new QueueAccessException($"{operation}: the server refused our user or password, or its certificate is not trusted. Nothing was changed. ({RedisErrors.FirstSentence(error.Message)})", error)
                : null);
    }

    private static string? Reason(Exception error)
    {
        if (error is AuthenticationException)
            return "The certificate of the server is not trusted, or TLS failed. Install the certificate authority on this machine, or name the host as the certificate does (sslHost in the connection string).";
        var text = error.Message;
        if (text.Contains("WRONGPASS", StringComparison.Ordinal) || text.Contains("invalid password", StringComparison.OrdinalIgnoreCase))
            return "Wrong password: the server knows no such user with this password. Set user and password in the connection string.";
        if (text.Contains("NOAUTH", StringComparison.Ordinal))
            return "The server requires a password and got none. Set user and password in the connection string.";
        if (text.Contains("NOPERM", StringComparison.Ordinal) || text.Contains("no permissions", StringComparison.Ordinal)
            || text.Contains("can't run this command", StringComparison.Ordinal) || text.Contains("ACLs", StringComparison.Ordinal))
            return $"Our user lacks a right. It needs {Rights}; docs/reference/redis.md has the whole ACL.";
        return null;
    }
}
