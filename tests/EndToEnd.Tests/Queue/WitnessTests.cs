using Slimta.Standalone;

namespace Slimta.EndToEnd;

/// <summary>What may differ after a kill or a power failure, and what may not.</summary>
public sealed class WitnessTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slimta-witness-");
    private readonly byte[] _old = [.. Enumerable.Range(0, 3 * SectorSums.Sector).Select(i => (byte)(i % 251 + 1))];
    private readonly byte[] _new = [.. Enumerable.Range(0, 3 * SectorSums.Sector).Select(i => (byte)(i % 241 + 2))];

    public WitnessTests() => _folder.CreateSubdirectory("AOF");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Log => Path.Combine(_folder.FullName, "AOF", "aof.log.0");

    private SectorSums Sums() => new(Path.Combine(_folder.FullName, "sums", "AOF", "aof.log.0"));

    private int Damages() => Inspection.Run(_folder.FullName, note: null).Count;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_a_power_failure_only_what_was_synced_counts(bool synced)
    {
        using (var sums = Sums())
        {
            sums.Confirm(sums.Intend(Guid.NewGuid(), 0, _old));
            if (synced)
                sums.Sync();
        }
        _old[SectorSums.Sector + 1] ^= 1;
        File.WriteAllBytes(Log, _old);
        Assert.Equal(synced ? 1 : 0, Damages());
    }

    [Fact]
    public void A_file_that_is_about_to_be_written_is_not_missed_and_one_that_was_written_is()
    {
        var held = Path.Combine(_folder.FullName, "lock");
        File.WriteAllText(held, "");
        using var witness = new Witness(_folder.FullName, held);
        var file = witness.Of(Log);
        witness.EnsureAllInPlace();
        File.WriteAllBytes(Log, _old);
        witness.EnsureInPlace(file);
        witness.EnsureAllInPlace();
        File.Delete(Log);
        Assert.Throws<IOException>(witness.EnsureAllInPlace);
        witness.Forget(Log).Dispose();
        witness.EnsureAllInPlace();
    }

    [Fact]
    public void What_was_confirmed_counts_after_a_kill()
    {
        using (var sums = Sums())
            sums.Confirm(sums.Intend(FileIdentity.Boot(), 0, _old));
        File.WriteAllBytes(Log, _old);
        Assert.Equal(0, Damages());
        _old[SectorSums.Sector + 1] ^= 1;
        File.WriteAllBytes(Log, _old);
        Assert.Equal(1, Damages());
        File.Delete(Log);
        Assert.Equal(1, Damages());
    }

    [Fact]
    public void What_was_under_way_may_be_there_or_not_and_nothing_else()
    {
        using (var sums = Sums())
        {
            sums.Confirm(sums.Intend(FileIdentity.Boot(), 0, _old.AsSpan(0, 2 * SectorSums.Sector)));
            // Over the second sector, and on.
            sums.Intend(FileIdentity.Boot(), SectorSums.Sector, _new.AsSpan(SectorSums.Sector));
        }
        var kept = Directory.EnumerateFiles(_folder.FullName, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllBytes);
        foreach (var (content, damages) in new[]
        {
            (_old[..(2 * SectorSums.Sector)], 0),
            ([.. _old[..SectorSums.Sector], .. _new[SectorSums.Sector..]], 0),
            ([.. _old[..(2 * SectorSums.Sector)], .. _new[(2 * SectorSums.Sector)..]], 0),
            (_new, 1),
            (_old[..SectorSums.Sector], 1),
        })
        {
            foreach (var (path, bytes) in kept)
                File.WriteAllBytes(path, bytes);
            File.WriteAllBytes(Log, content);
            Assert.Equal(damages, Damages());
        }
    }

    [Fact]
    public void A_note_of_more_than_there_is_tells_what_is_missing()
    {
        File.WriteAllBytes(Log, _old);
        Inspection.Accept(_folder.FullName);
        var note = new TailNote(2 * SectorSums.Sector, 1 << 20, 7, DateTimeOffset.UnixEpoch);
        Assert.Empty(Inspection.Run(_folder.FullName, note));
        Assert.Contains("reached 5000", Assert.Single(Inspection.Run(_folder.FullName, note with { Tail = 5000 })).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_kill_before_the_first_write_to_a_file_damages_nothing(bool made)
    {
        Inspection.Accept(_folder.FullName);
        using (File.Create(Directory.CreateDirectory(Path.Combine(_folder.FullName, "sums", "AOF")).FullName + "/aof.log.0"))
        {
            // Killed between this and the header.
        }
        if (made)
            File.WriteAllBytes(Log, []);
        Assert.Equal(0, Damages());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(63)]
    public void Sums_that_are_cut_off_are_damage_too(int length)
    {
        File.WriteAllBytes(Log, _old);
        Inspection.Accept(_folder.FullName);
        using (var file = File.OpenWrite(Path.Combine(_folder.FullName, "sums", "AOF", "aof.log.0")))
            file.SetLength(length);
        Assert.Equal(1, Damages());
    }
}
