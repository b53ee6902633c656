using Spectre.Console;

namespace Slimta.Cli;

/// <summary>Rows as a table. Where a terminal is too narrow for their words, as a block of lines for each, so that an address stays whole.</summary>
internal static class Rows
{
    /// <summary>Around each column: its padding and what divides it from the next.</summary>
    private const int Around = 3;

    /// <summary>Left of the first column.</summary>
    private const int Edge = 1;

    /// <summary>Columns whose cells stay on one line.</summary>
    private static bool IsWhole(string column) => column is "id" or "state" or "domain";

    public static void Write(IAnsiConsole console, string[] columns, IReadOnlyList<string[]> rows)
    {
        const int Unbroken = 2000;
        if (rows.Count == 0)
            return;
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = Unbroken;
        if (Widths(columns, rows, console.Profile.Width) is { } widths)
            WriteTable(console, columns, widths, rows);
        else
            WriteBlocks(console.Profile.Out.Writer, columns, rows);
    }

    /// <summary>
    /// Of each column, the widest made narrower first, and none narrower than its longest word; null if that does not fit. The table's own
    /// way makes all narrower at once, and so breaks words.
    /// </summary>
    private static int[]? Widths(string[] columns, IReadOnlyList<string[]> rows, int width)
    {
        var widths = columns.Select((column, i) => Math.Max(column.Length, rows.Select(row => row[i].Length).DefaultIfEmpty().Max())).ToArray();
        var least = columns.Select((column, i) => IsWhole(column) ? widths[i]
            : Math.Max(column.Length, rows.SelectMany(row => row[i].Split(' ')).Select(word => word.Length).DefaultIfEmpty().Max())).ToArray();
        var left = width - Edge - (Around * columns.Length);
        while (widths.Sum() > left)
        {
            var widest = Enumerable.Range(0, columns.Length).MaxBy(i => widths[i] > least[i] ? widths[i] : 0);
            if (widths[widest] == least[widest])
                return null;
            widths[widest]--;
        }
        return widths;
    }

    private static void WriteTable(IAnsiConsole console, string[] columns, int[] widths, IReadOnlyList<string[]> rows)
    {
        var table = new Table().Border(TableBorder.Simple);
        for (var i = 0; i < columns.Length; i++)
        {
            var isNumber = rows.All(row => row[i].Length > 0 && row[i].All(char.IsAsciiDigit));
            table.AddColumn(new TableColumn(new Spectre.Console.Text(columns[i])) { Width = widths[i], Alignment = isNumber ? Justify.Right : null });
        }
        foreach (var row in rows)
            table.AddRow(row.Select(cell => new Spectre.Console.Text(cell)));
        console.Write(table);
    }

    private static void WriteBlocks(TextWriter writer, string[] columns, IReadOnlyList<string[]> rows)
    {
        foreach (var row in rows)
        {
            writer.WriteLine();
            writer.WriteLine($"{columns[0]}: {row[0]}");
            foreach (var (column, cell) in columns.Zip(row).Skip(1).Where(field => field.Second.Length > 0))
                writer.WriteLine($"  {column}: {cell}");
        }
        writer.WriteLine();
    }
}
