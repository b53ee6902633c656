using StackExchange.Redis.Configuration;

namespace Slimta.Storage.Redis;

/// <summary>
/// The server's password, in a file that only its owner reads. It is read at each connect: the file may come after this process, and
/// a changed password needs no restart.
/// </summary>
public sealed class PasswordFile(string path) : DefaultOptionsProvider
{
    public string Path => path;

    /// <summary>Null while there is none: the server's refusal then says so, and <see cref="Problem"/> why.</summary>
    public override string? Password
    {
        get
        {
            try
            {
                return Read();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    /// <summary>Why the password cannot be read; null if it can.</summary>
    public string? Problem
    {
        get
        {
            try
            {
                return Read() is null ? $"The file of the queue's password, {path}, is empty." : null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return $"The file of the queue's password cannot be read: {error.Message}";
            }
        }
    }

    private string? Read() => File.ReadAllText(path).Trim() is { Length: > 0 } password ? password : null;
}
