#pragma warning disable IDE0005 // Implicit in some of the assemblies that compile this.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Configuration;
#pragma warning restore IDE0005

namespace Slimta;

// Goes over a section beside the type that it is bound to. The binder would ignore most mistakes: a misspelled key would
// silently mean its default, and so would a list that is set as one value.
internal sealed class SettingsReader(List<string> problems)
{
    // attributes: Of the property that it is bound to; null for a section's root and what is in lists.
    public void Read(IConfigurationSection section, Type type, PropertyInfo? attributes)
    {
        if (SettingsText.ItemType(type) is { } item)
            Items(section, item);
        else if (SettingsText.IsSection(type))
            Section(section, type);
        else
            Value(section, Nullable.GetUnderlyingType(type) ?? type, type, attributes);
    }

    private void Items(IConfigurationSection section, Type item)
    {
        if (!string.IsNullOrEmpty(section.Value))
            problems.Add($"{section.Path} has one value; it must have keys below it, such as {section.Path}:0 for the first of a list.");
        foreach (var child in section.GetChildren())
            Read(child, item, attributes: null);
    }

    private void Section(IConfigurationSection section, Type type)
    {
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite).ToList();
        var unknown = new List<string>();
        foreach (var child in section.GetChildren())
        {
            if (properties.Find(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is { } property)
                Read(child, property.PropertyType, property);
            else
                unknown.Add($"'{child.Key}'");
        }
        if (unknown.Count > 0)
            problems.Add($"Section {section.Path} has no such setting: {string.Join(", ", unknown)}. It has: {string.Join(", ", properties.Select(property => property.Name))}.");
    }

    private void Value(IConfigurationSection section, Type type, Type declared, PropertyInfo? attributes)
    {
        foreach (var child in section.GetChildren())
            problems.Add($"{section.Path} is one value and has nothing below it; remove '{child.Path}'.");
        if (section.Value is not { } value || type == typeof(string) || (value.Length == 0 && type != declared))
            return;
        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            problems.Add($"'{section.Path}' is '{value}': {Allowed(section.Path, type, attributes)}");
        }
    }

    private static string Allowed(string path, Type type, PropertyInfo? attributes)
    {
        if (attributes?.GetCustomAttribute<ValidationAttribute>(inherit: true) is { } limit)
            return SettingsText.WithPath(path[..path.LastIndexOf(':')], limit.FormatErrorMessage(attributes.Name));
        return type.IsEnum ? $"it must be {string.Join(", ", Enum.GetNames(type)[..^1])} or {Enum.GetNames(type)[^1]}."
            : type == typeof(bool) ? "it must be true or false."
            : type == typeof(TimeSpan) ? "it must be a time, such as 00:00:30."
            : "it must be a number.";
    }
}
