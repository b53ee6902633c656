using StackExchange.Redis;

namespace Slimta.Storage.Redis;

/// <summary>A StackExchange.Redis connection string, to which <c>passwordFile=</c> is added.</summary>
/// <example><c>localhost:6379,passwordFile=/var/lib/slimta/password</c></example>
public static class QueueConnection
{
    private const string PasswordFile = "passwordFile=";

    /// <exception cref="ArgumentException">It is no connection string, or has both a password and a file of it.</exception>
    public static ConfigurationOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var elements = text.Split(',').ToLookup(element => element.Trim().StartsWith(PasswordFile, StringComparison.OrdinalIgnoreCase));
        var settings = ConfigurationOptions.Parse(string.Join(',', elements[false]));
        if (elements[true].Select(element => element.Trim()[PasswordFile.Length..]).ToList() is not { Count: > 0 } files)
            return settings;
        if (files is not [{ Length: > 0 } file] || settings.Password is not null)
            throw new ArgumentException("Set either password= or passwordFile= (the name of a file) in the connection string, once, not both.", nameof(text));
        settings.Defaults = new PasswordFile(Path.GetFullPath(file));
        return settings;
    }
}
