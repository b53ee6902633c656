#pragma warning disable IDE0005 // Implicit in some of the assemblies that compile this.
using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;
#pragma warning restore IDE0005

namespace Slimta;

// Checks the data annotations of a section and of all below it. Not by the generated validators of [OptionsValidator]: those name the
// property of a type where a user needs the key.
internal sealed class SettingsLimits<T>(string section) : IValidateOptions<T> where T : class
{
    public ValidateOptionsResult Validate(string? name, T options)
    {
        var problems = new List<string>();
        Check(options, section, problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(object settings, string path, List<string> problems)
    {
        var found = new List<ValidationResult>();
        Validator.TryValidateObject(settings, new ValidationContext(settings), found, validateAllProperties: true);
        problems.AddRange(found.Select(result => SettingsText.WithPath(path, result.ErrorMessage ?? "")));
        foreach (var property in settings.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (property.GetIndexParameters().Length == 0 && property.GetValue(settings) is { } value)
                CheckBelow(value, $"{path}:{property.Name}", problems);
    }

    private static void CheckBelow(object value, string path, List<string> problems)
    {
        if (value is IDictionary named)
        {
            foreach (DictionaryEntry entry in named)
                if (entry.Value is { } item)
                    CheckBelow(item, $"{path}:{entry.Key}", problems);
        }
        else if (value is Array list)
        {
            for (var i = 0; i < list.Length; i++)
                if (list.GetValue(i) is { } item)
                    CheckBelow(item, $"{path}:{i}", problems);
        }
        else if (SettingsText.IsSection(value.GetType()))
            Check(value, path, problems);
    }
}
