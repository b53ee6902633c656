namespace Slimta.Storage.Tests;

/// <summary>Content that arrives piece by piece.</summary>
public abstract partial class QueueContract
{
    [Fact]
    public async Task Fifty_megabytes_go_in_and_come_out_while_they_arrive_piece_by_piece()
    {
        var content = Mail.Bytes(50_000_000);
        await using var writer = Queue.BeginWrite();
        for (var at = 0; at < content.Length; at += 100_000)
            await writer.WriteAsync(content.AsMemory(at, Math.Min(100_000, content.Length - at)));

        var id = await writer.CommitAsync(Mail.ToThree() with { Content = MessageContent.None });

        Assert.Equal(writer.Id, id);
        await using var entry = await NextAsync();
        var at2 = 0;
        await foreach (var piece in entry.Message.Envelope.Content.ReadAsync())
        {
            Assert.True(piece.Span.SequenceEqual(content.AsSpan(at2, piece.Length)));
            at2 += piece.Length;
        }
        Assert.Equal(content.Length, at2);
        await writer.DisposeAsync();
        Assert.Equal(id, (await Queue.GetAsync(id)).Id);
        await Queue.RemoveAsync(id, entry.Lease);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Staged_content_that_is_dropped_leaves_nothing()
    {
        await using (var writer = Queue.BeginWrite())
            await writer.WriteAsync(new byte[2_000_000]);

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_message_that_was_begun_is_there_once_it_is_committed_at_its_time_and_under_its_id()
    {
        var due = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await using var writer = Queue.BeginWrite();
        await writer.WriteAsync(Mail.Content.AsMemory(0, 10));
        Assert.Empty(await LoadedAsync());
        await writer.WriteAsync(Mail.Content.AsMemory(10));

        var id = await writer.CommitAsync(Mail.ToThree() with { Content = MessageContent.None }, due);
        await writer.DisposeAsync();

        Assert.Equal((writer.Id, Mail.Content.Length), (id, (int)writer.Length));
        await foreach (var loaded in Queue.LoadAsync(Soon))
            Assert.Equal((due, id), loaded);
        Assert.Equal(Mail.Content, await (await Queue.GetAsync(id)).Envelope.Content.ToArrayAsync());
    }

    [Fact]
    public async Task A_message_is_committed_once_and_takes_nothing_more()
    {
        await using var writer = Queue.BeginWrite();
        await writer.WriteAsync(Mail.Content);
        var envelope = Mail.ToThree() with { Content = MessageContent.None };
        var id = await writer.CommitAsync(envelope);

        await Assert.ThrowsAsync<InvalidOperationException>(() => writer.CommitAsync(envelope));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await writer.WriteAsync(new byte[1]));
        Assert.Equal([id], await LoadedAsync());
    }

    [Fact]
    public async Task Content_comes_from_the_envelope_or_from_the_writer_and_never_from_both_or_none()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Queue.WriteAsync(Mail.ToThree() with { Content = MessageContent.None }));
        await using var writer = Queue.BeginWrite();
        await writer.WriteAsync(Mail.Content);
        await Assert.ThrowsAsync<ArgumentException>(() => writer.CommitAsync(Mail.ToThree()));
        Assert.Empty(await LoadedAsync());
    }

    [Fact]
    public async Task Options_are_given_once_and_a_fingerprint_that_is_known_late_at_the_commit()
    {
        var options = new WriteOptions { IdempotencyKey = "key", Fingerprint = "" };
        var first = await CommitAsync("f1");

        Assert.Equal(first, await CommitAsync("f1"));
        var conflict = await Assert.ThrowsAsync<IdempotencyConflictException>(() => CommitAsync("f2"));
        Assert.Equal(first, conflict.ExistingId);
        Assert.Equal([first], await LoadedAsync());

        async Task<string> CommitAsync(string fingerprint)
        {
            await using var writer = Queue.BeginWrite(options);
            await writer.WriteAsync(Mail.Content);
            return await writer.CommitAsync(Mail.ToThree() with { Content = MessageContent.None }, fingerprint: fingerprint);
        }
    }
}
