using Slimta.Storage.Redis;

namespace Slimta.Storage.Tests;

public sealed class ScriptsTests
{
    [Fact]
    public void Every_script_is_among_all_of_them()
    {
        var fields = typeof(Script).GetFields().Where(field => field.FieldType == typeof(Script)).Select(field => (Script)field.GetValue(null)!);
        Assert.Equal(fields.Select(script => script.Name).Order(StringComparer.Ordinal), Script.All.Select(script => script.Name).Order(StringComparer.Ordinal));
    }
}
