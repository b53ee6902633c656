using System.Text.RegularExpressions;

namespace Slimta.Docs;

/// <summary>Test classes are named as tests/README.md says.</summary>
public sealed partial class NamingTests
{
    [Fact]
    public void A_file_with_tests_is_named_by_its_class_which_ends_with_Tests_or_Contract()
    {
        foreach (var path in Repository.Tests().Where(path => Test().IsMatch(Repository.Read(path))))
        {
            var name = Path.GetFileName(path).Split('.')[0];
            Assert.True(name.EndsWith("Tests", StringComparison.Ordinal) || name.EndsWith("Contract", StringComparison.Ordinal), $"{path} has tests; call it {name}Tests.cs.");
            Assert.Contains($"class {name}", Repository.Read(path), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"^\s*\[\w*(Fact|Theory)\b", RegexOptions.Multiline | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Test();
}
