using MailKit.Net.Smtp;
using MimeKit;

namespace Slimta.EndToEnd;

/// <summary>A folder that an embedded queue filled before it was killed: a checkpoint, and a log that goes on after it.</summary>
public sealed class QueueInFolder : IAsyncLifetime
{
    public const int Messages = 60;

    private static readonly string[] States = ["due", "scheduled", "leased", "held"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-template-");

    public async Task InitializeAsync()
    {
        // A checkpoint for each MiB.
        await using var standalone = await StandaloneProcess.StartAsync("", Settings(_folder.FullName));
        var filler = new string('x', 60_000);
        for (var i = 0; i < Messages - 10; i++)
            await SendAsync(standalone, $"before {i}", filler);
        // Its last file.
        while (!Directory.EnumerateFiles(_folder.FullName, "info.dat*", SearchOption.AllDirectories).Any(file => file.Contains("cpr-", StringComparison.Ordinal) && !file.Contains("sums", StringComparison.Ordinal)))
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        for (var i = 0; i < 10; i++)
            await SendAsync(standalone, $"after {i}", "short");
        await standalone.KillAsync();
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Nothing listens where the mail is to go, so that all of it stays.</summary>
    internal static Dictionary<string, string> Settings(string folder) => new()
    {
        ["Garnet:Folder"] = folder,
        ["Garnet:LogBytes"] = $"{1 << 20}",
        ["Relay:Smarthost"] = "127.0.0.1:1",
    };

    /// <returns>A copy, to be damaged.</returns>
    internal string CopyTo(string parent)
    {
        var copy = Path.Combine(parent, "queue");
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy, Path.GetRelativePath(_folder.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            file.CopyTo(to);
        }
        return copy;
    }

    internal static async Task SendAsync(StandaloneProcess standalone, string subject, string text)
    {
        using var client = new SmtpClient();
        await client.ConnectAsync("127.0.0.1", standalone.SmtpPort);
        using var message = new MimeMessage { Subject = subject, Body = new TextPart { Text = text } };
        await client.SendAsync(message, new MailboxAddress("", "me@example.com"), [new MailboxAddress("", "you@example.net")]);
        await client.DisconnectAsync(quit: true);
    }

    internal static async Task<long> CountAsync(StandaloneProcess standalone)
    {
        var queue = (await standalone.StatusAsync()).GetProperty("queue");
        return States.Sum(state => queue.GetProperty(state).GetInt64());
    }
}
