using System.Net.Sockets;
using Slimta.Storage.Tests.Support;

namespace Slimta.Chaos.Actors;

/// <summary>The queue's server on its data folder, where it is its own process.</summary>
internal static class QueueActors
{
    public static Actor Redis(Journal journal, Place place) => new("queue")
    {
        Begin = incarnation => Programs.Redis($"queue.{incarnation}", journal, place.Folder, place.Port),
        Ready = child => AnswersAsync(child, place.Port),
    };

    public static Actor Garnet(Journal journal, Place place) => new("queue")
    {
        Begin = incarnation => Programs.Standalone($"queue.{incarnation}", "queue", journal,
            [.. Settings.EmbeddedQueue(place.Folder, place.Port), new("urls", "http://127.0.0.1:0")]),
        Ready = child => AnswersAsync(child, place.Port),
    };

    /// <summary>It has loaded its data.</summary>
    public static async Task AnswersAsync(Child child, int port)
    {
        try
        {
            await Answers.ToPingAsync(port, child.Process);
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            throw new InvalidOperationException("It ended before it answered.", error);
        }
    }
}

/// <summary>Where the queue's server is; a failover moves it.</summary>
internal sealed class Place
{
    public required string Folder { get; set; }
    public required int Port { get; set; }
}
