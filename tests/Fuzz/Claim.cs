using System.Runtime.CompilerServices;

namespace Slimta.Fuzz;

/// <summary>What must hold for every input.</summary>
internal static class Claim
{
    public static void That(bool holds, [CallerArgumentExpression(nameof(holds))] string? what = null)
    {
        if (!holds)
            throw new InvalidOperationException($"Does not hold: {what}");
    }

    public static void Same<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string? what = null) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what} is <{actual}>, not <{expected}>");

    /// <summary>Every CR and LF is part of a CRLF.</summary>
    public static void WholeLines(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '\r' && i + 1 < bytes.Length && bytes[i + 1] == '\n')
                i++;
            else
                That(bytes[i] is not ((byte)'\r' or (byte)'\n'), "whole lines");
        }
    }
}
