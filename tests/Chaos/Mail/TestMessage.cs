using System.Security.Cryptography;
using System.Text;

namespace Slimta.Chaos.Mail;

/// <summary>A message that can be told from all others, and of which every byte is known by its hash.</summary>
internal sealed record TestMessage(string Token, string Sender, IReadOnlyList<string> Recipients, byte[] Content, string Hash)
{
    /// <summary>Otherwise by SMTP.</summary>
    public bool ByHttp { get; private init; }

    /// <summary>Starts the content: what the edge prepends stands before it.</summary>
    public const string FirstField = "X-Chaos-Token: ";

    /// <summary>The same for the same seed and number.</summary>
    public static TestMessage Make(int seed, int number)
    {
        var random = new Random(HashCode(seed, number));
        var token = $"t{seed:x}n{number}";
        var recipients = new List<string>();
        var count = random.Next(10) switch { < 6 => 1, < 9 => 2, _ => random.Next(3, 7) };
        for (var i = 0; i < count; i++)
            recipients.Add($"{Trouble.Choose(random)}.{token}.{i}@{(random.Next(3) == 0 ? "b" : "a")}.test");
        return Make(token, recipients, Size(random), random) with { ByHttp = random.Next(4) == 0 };
    }

    public static TestMessage Make(string token, IReadOnlyList<string> recipients, int size, Random random)
    {
        var text = new StringBuilder(size + 512);
        text.Append(FirstField).Append(token).Append("\r\nFrom: sender@sender.test\r\nTo: undisclosed-recipients:;\r\nSubject: Chaos ").Append(token).Append("\r\n\r\n");
        var line = new byte[48];
        while (text.Length < size)
        {
            random.NextBytes(line);
            // Dots at the start of a line are what a transparency procedure can get wrong (RFC 5321 §4.5.2).
            text.Append(random.Next(8) == 0 ? "." : "").Append(Convert.ToBase64String(line)).Append("\r\n");
        }
        var content = Encoding.ASCII.GetBytes(text.ToString());
        return new(token, $"from.{token}@sender.test", recipients, content, Convert.ToHexString(SHA256.HashData(content)));
    }

    /// <summary>Mostly small; some beyond the 64 KiB up to which content is inline, some of several chunks of 256 KiB.</summary>
    private static int Size(Random random) => random.Next(100) switch
    {
        < 90 => random.Next(300, 4_000),
        < 97 => random.Next(4_000, 60_000),
        < 99 => random.Next(70_000, 250_000),
        _ => random.Next(300_000, 600_000),
    };

    /// <summary>HashCode.Combine differs from process to process.</summary>
    private static int HashCode(int seed, int number) => unchecked((seed * 486_187_739) + (number * 16_777_619));
}
