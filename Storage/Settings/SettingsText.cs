using System.Collections;

namespace Slimta;

// What both halves of the check know of types and messages.
internal static class SettingsText
{
    // A class of settings of ours.
    public static bool IsSection(Type type) =>
        type.IsClass && type != typeof(string) && type.Namespace?.StartsWith(nameof(Slimta), StringComparison.Ordinal) == true;

    // The type of the items in a list or a dictionary by names; null for any other type.
    public static Type? ItemType(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && typeof(IDictionary).IsAssignableFrom(type) ? type.GetGenericArguments()[1]
        : null;

    // A message that names its key is left as it is; others begin with the property's name.
    public static string WithPath(string path, string message) =>
        message.StartsWith(path.Split(':')[0] + ":", StringComparison.Ordinal) ? message : $"{path}:{message}";
}
