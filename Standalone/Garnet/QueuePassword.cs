using System.Security.Cryptography;

namespace Slimta.Standalone;

/// <summary>The password that the queue's folder keeps: a user who may read the mail there may also connect to the queue.</summary>
internal static class QueuePassword
{
    /// <summary>256 bits, in hexadecimal digits.</summary>
    private const int Digits = 64;

    public static string FileIn(string folder) => Path.Combine(folder, "password");

    /// <summary>Reads it, and generates one where there is none.</summary>
    /// <exception cref="IOException"/>
    public static string PathIn(string folder)
    {
        var file = FileIn(folder);
        if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } kept)
            return kept;
        var password = RandomNumberGenerator.GetHexString(Digits, lowercase: true);
        // Whole or not at all: a crash in between leaves no half of it.
        var draft = file + ".new";
        File.Delete(draft);
        using (var stream = new FileStream(draft, PrivateFolder.NewFile))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes(password + "\n"));
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, file, overwrite: true);
        return password;
    }
}
