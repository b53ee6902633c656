using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Slimta.Edge;
using Slimta.Mailbox;
using Slimta.Relay;
using Slimta.Standalone;
using Slimta.Storage;

namespace Slimta.Docs;

/// <summary>Every setting as its options class has it: name, values, default, and what its comment says.</summary>
internal sealed partial class SettingsReference
{
    private static readonly (string Section, Type Options, string About)[] Sections =
    [
        (QueueOptions.Section, typeof(QueueOptions), "The queue. The edge and the relay read it alike."),
        (EdgeOptions.Section, typeof(EdgeOptions), "The edge: submission over SMTP and HTTP, and who may do what."),
        (RelayOptions.Section, typeof(RelayOptions), "The relay: routing, delivery, retries, bounces and DKIM."),
        (MailboxOptions.Section, typeof(MailboxOptions), "The catch-all server for development."),
        ("Garnet", typeof(EmbeddedGarnet).Assembly.GetType("Slimta.Standalone.GarnetOptions", throwOnError: true)!, "The embedded Garnet of Standalone and of the AppHost without containers."),
    ];

    /// <summary>Defaults that each machine and each user has another of.</summary>
    private static readonly Dictionary<string, string> OfTheMachine = new(StringComparer.Ordinal)
    {
        [$"{nameof(QueueOptions)}.{nameof(QueueOptions.Owner)}"] = "machine, process and a random part",
        [$"{nameof(EdgeOptions)}.{nameof(EdgeOptions.Hostname)}"] = "the machine's name",
        ["GarnetOptions.Folder"] = "`slimta` in the user's application data",
    };

    /// <summary>Defaults that Standalone has others of: its pages say which, and an editor should complete neither.</summary>
    private static readonly HashSet<string> OfTheHost = new(StringComparer.Ordinal)
    {
        $"{nameof(SmtpEdgeOptions)}.{nameof(SmtpEdgeOptions.Address)}",
        "SmtpTimeouts.Stop",
        $"{nameof(RelayOptions)}.{nameof(RelayOptions.StopTimeout)}",
        $"{nameof(QueueOptions)}.{nameof(QueueOptions.MaxMessages)}",
        $"{nameof(QueueOptions)}.{nameof(QueueOptions.MaxBytes)}",
        $"{nameof(QueueOptions)}.{nameof(QueueOptions.HistoryMessages)}",
        $"{nameof(QueueOptions)}.{nameof(QueueOptions.HistoryBytes)}",
    };

    private readonly Dictionary<Assembly, Dictionary<string, XElement>> _comments = [];

    /// <summary>Settings that cannot be told of, as their options have no comment.</summary>
    public HashSet<string> Undocumented { get; } = [];

    public string ToMarkdown()
    {
        var page = new StringBuilder("""
            # Settings

            <!-- Made from the options classes: UPDATE_DOCS=1 dotnet test tests/Docs.Tests -->

            Set them in `appsettings.json`, in environment variables (`Storage__Lease=00:02:00`, with two underscores for each colon) or on the command
            line (`--Storage:Lease 00:02:00`). The later of these wins. Each has a default.

            A wrong setting stops the start with one line that names its key and the allowed values. So does an unknown key, a value that cannot be
            read, and a list that is set as one value: a list has numbers, `Edge:Relay:Domains:0`.

            For completion in your editor, name [the schema](appsettings.schema.json) at the top of your `appsettings.json`, by its path in your clone:
            `"$schema": "../docs/reference/appsettings.schema.json"`.

            | Section | What it sets | Read more |
            |---|---|---|
            | `ConnectionStrings:redis` | where the queue is: a StackExchange.Redis connection string | [The server](redis.md#settings) |
            | `Storage` | the queue | [The queue in Redis](redis.md) |
            | `Edge` | SMTP and HTTP submission, and access | [Send mail](../send-mail.md) |
            | `Relay` | routing, retries, bounces, DKIM | [Deliver mail](../deliver-mail.md) |
            | `Mailbox` | the catch-all server for development | [The mailbox](standalone.md#the-mailbox) |
            | `Garnet` | the embedded Garnet | [Standalone](standalone.md) |
            | `OTEL_EXPORTER_OTLP_ENDPOINT` and the rest of OpenTelemetry's | where traces, metrics and logs go | [Telemetry](telemetry.md) |

            Write times as `[days.]hours:minutes:seconds`. Replace `<angle brackets>` with a name or number that you choose.

            """.ReplaceLineEndings("\n"));
        foreach (var (section, options, about) in Sections)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {section}\n\n{about}\n\n| Setting | Values | Default | Meaning |\n|---|---|---|---|\n");
            foreach (var setting in Walk(options, Activator.CreateInstance(options, nonPublic: true), "").Select(DefaultWords.InOnePlace))
                page.Append(CultureInfo.InvariantCulture, $"| `{section}:{setting.Name}` | {setting.Values} | {setting.Default} | {setting.Text} |\n");
        }
        return page.ToString();
    }

    public string ToSchema()
    {
        var properties = new JsonObject();
        foreach (var (section, options, about) in Sections)
        {
            var node = Object(options, Activator.CreateInstance(options, nonPublic: true));
            node["description"] = about;
            properties[section] = node;
        }
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = "Settings of SlimtaAspire in appsettings.json",
            ["type"] = "object",
            ["properties"] = properties,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).ReplaceLineEndings("\n") + "\n";
    }

    private IEnumerable<Setting> Walk(Type type, object? defaults, string prefix)
    {
        foreach (var property in Properties(type))
        {
            var (value, inner) = (defaults is null ? null : property.GetValue(defaults), Inner(property.PropertyType));
            // A list of sections for each name.
            if (inner is not null && Inner(inner) is { } each && IsOptions(each))
                inner = each;
            if (IsOptions(property.PropertyType))
            {
                foreach (var setting in Walk(property.PropertyType, value ?? Activator.CreateInstance(property.PropertyType, nonPublic: true), $"{prefix}{property.Name}:"))
                    yield return setting;
            }
            else if (inner is not null && IsOptions(inner))
            {
                var name = !IsDictionary(property.PropertyType) ? "<number>" : Inner(property.PropertyType) == inner ? "<name>" : "<name>:<number>";
                yield return new($"{prefix}{property.Name}:{name}", "a section", "none", Summary(property));
                foreach (var setting in Walk(inner, Activator.CreateInstance(inner, nonPublic: true), $"{prefix}{property.Name}:{name}:"))
                    yield return setting;
            }
            else
            {
                yield return new($"{prefix}{property.Name}{(IsDictionary(property.PropertyType) ? ":<name>" : "")}", Values(property),
                    OfTheMachine.GetValueOrDefault($"{type.Name}.{property.Name}") ?? Default(value), Summary(property));
            }
        }
    }

    private JsonObject Object(Type type, object? defaults)
    {
        var properties = new JsonObject();
        foreach (var property in Properties(type))
        {
            var value = defaults is null ? null : property.GetValue(defaults);
            var node = Schema(property.PropertyType, property, value);
            node["description"] = Plain(Summary(property));
            if (!OfTheMachine.ContainsKey($"{type.Name}.{property.Name}") && !OfTheHost.Contains($"{type.Name}.{property.Name}") && InJson(value) is { } known)
                node["default"] = known;
            properties[property.Name] = node;
        }
        return new() { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = properties };
    }

    private JsonObject Schema(Type declared, PropertyInfo? property, object? defaults)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (IsOptions(type))
            return Object(type, defaults ?? Activator.CreateInstance(type, nonPublic: true));
        if (IsDictionary(type))
            return new() { ["type"] = "object", ["additionalProperties"] = Schema(Inner(type)!, null, null) };
        if (Inner(type) is { } element)
            return new() { ["type"] = "array", ["items"] = Schema(element, null, null) };
        if (type.IsEnum)
            return new() { ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(name => (JsonNode)name)]) };
        var node = new JsonObject { ["type"] = type == typeof(bool) ? "boolean" : IsWhole(type) ? "integer" : type == typeof(double) ? "number" : "string" };
        if (property?.GetCustomAttribute<RangeAttribute>() is { } range && (IsWhole(type) || type == typeof(double)))
        {
            node["minimum"] = JsonNode.Parse(Invariant(range.Minimum));
            if (!IsEndless(range))
                node["maximum"] = JsonNode.Parse(Invariant(range.Maximum));
        }
        if (type == typeof(TimeSpan))
            node["pattern"] = @"^(\d+\.)?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$";
        return node;
    }

    /// <summary>Null for what has none, or is a section.</summary>
    private static JsonNode? InJson(object? value) => value switch
    {
        bool flag => flag,
        string { Length: > 0 } text => text,
        double number => number,
        Enum word => $"{word}",
        TimeSpan time => Invariant(time),
        int or long or ushort => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        IEnumerable<TimeSpan> list => new JsonArray([.. list.Select(time => (JsonNode)Invariant(time))]),
        _ => null,
    };

    private static string Values(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var range = property.GetCustomAttribute<RangeAttribute>() is { } r
            ? IsEndless(r) ? $" {Invariant(r.Minimum)} or more" : $" {Invariant(r.Minimum)} to {Invariant(r.Maximum)}"
            : "";
        return type == typeof(bool) ? "`true`, `false`"
            : type == typeof(TimeSpan) ? $"time{range}"
            : IsWhole(type) || type == typeof(double) ? $"number{range}"
            : type.IsEnum ? string.Join(", ", Enum.GetNames(type).Select(name => $"`{name}`"))
            : IsDictionary(type) ? Inner(type) == typeof(string) ? "text" : "list of text"
            : type != typeof(string) && Inner(type) is not null ? "list of text"
            : "text";
    }

    private static string Default(object? value) => value switch
    {
        null or "" => "none",
        bool flag => flag ? "`true`" : "`false`",
        string text => $"`{text}`",
        IDictionary { Count: 0 } => "none",
        IEnumerable list and not string => list.Cast<object>().Any() ? $"`{string.Join("`, `", list.Cast<object>())}`" : "none",
        _ => $"`{Invariant(value)}`",
    };

    /// <summary>A range of long keeps its ends as numbers that round.</summary>
    private static bool IsEndless(RangeAttribute range) => range.Maximum is double and > long.MaxValue / 2;

    private static string Invariant(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanRead && property.SetMethod is { IsPublic: true }).OrderBy(property => property.MetadataToken);

    private static bool IsOptions(Type type) => type is { IsClass: true, IsArray: false } && type.Namespace?.StartsWith("Slimta", StringComparison.Ordinal) == true;

    private static bool IsWhole(Type type) => type == typeof(int) || type == typeof(long) || type == typeof(ushort);

    private static bool IsDictionary(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>);

    private static Type? Inner(Type type) =>
        IsDictionary(type) ? type.GetGenericArguments()[1]
        : type.IsArray ? type.GetElementType()
        : type != typeof(string) && type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type) ? type.GetGenericArguments()[0]
        : null;

    private string Summary(PropertyInfo property)
    {
        var assembly = property.DeclaringType!.Assembly;
        if (!_comments.TryGetValue(assembly, out var comments))
        {
            var file = Path.ChangeExtension(assembly.Location, ".xml");
            _comments[assembly] = comments = XDocument.Load(file).Descendants("member").ToDictionary(member => (string)member.Attribute("name")!);
        }
        var summary = comments.GetValueOrDefault($"P:{property.DeclaringType.FullName!.Replace('+', '.')}.{property.Name}")?.Element("summary");
        // A section may say it at its class.
        if (summary is null && IsOptions(property.PropertyType))
            summary = comments.GetValueOrDefault($"T:{property.PropertyType.FullName!.Replace('+', '.')}")?.Element("summary");
        if (summary is null)
        {
            Undocumented.Add($"{property.DeclaringType.Name}.{property.Name}");
            return "";
        }
        var text = string.Concat(summary.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "see" } see => $"`{((string?)see.Attribute("cref") ?? (string?)see.Attribute("langword"))!.Split('.', ':')[^1].Split('(')[0]}`",
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement element => element.Value,
            _ => node is XText words ? words.Value : "",
        }));
        return Spaces().Replace(text, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string Plain(string markdown) => markdown.Replace("`", "", StringComparison.Ordinal).Replace("\\|", "|", StringComparison.Ordinal);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
